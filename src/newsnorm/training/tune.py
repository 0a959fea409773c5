"""Biases for the decoder, tuned on held-out articles.

A model trained on cross-entropy says of a doubtful gap that it probably holds nothing, and is right more often than
not; but a restored text is judged by F1, for which a comma at 40 % is worth writing. So each class gets a bias, in
nats, under which its F1 on held-out articles is best. The probabilities that users see stay the model's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from newsnorm import labels as L
from newsnorm.decode import decode
from newsnorm.evidence import Document, parse
from newsnorm.flatten import flatten
from newsnorm.model import Scorer
from newsnorm.scores import OFFSETS, Biases, Scores, log_softmax
from newsnorm.training.corpus import articles

#: Heads whose labels are chosen gap by gap, and may be tuned so.
_PLAIN = (L.JOIN, L.APOSTROPHE, L.MARK, L.SIGN)
_GRID = np.arange(-0.6, 2.41, 0.1)
#: Coarser, since each value means decoding everything anew.
_QUOTE_GRID = np.arange(0.0, 3.01, 0.25)
#: A class is tuned if the held-out articles hold this many.
_LEAST = 40


def tune(model: Scorer, gold: Sequence[Path]) -> dict[str, dict[str, float]]:
    """Find the biases with the best F1 on the articles of *gold*, weighing each file alike.

    Returns:
        Head to class to bias in nats, as a model's card holds them.
    """
    files = [[L.read(article) for article in articles(path)] for path in gold]
    truths = [[read for read in file if len(read.words)] for file in files]
    scores = [list(model.score_many(read.words for read in file)) for file in truths]
    biases: Biases = np.zeros(OFFSETS[-1], np.float32)
    stacked = [
        (log_softmax(np.concatenate(rows)), np.concatenate([read.labels for read in file]))
        for rows, file in zip(scores, truths, strict=True)
    ]
    for head in _PLAIN:
        _tune_head(head, stacked, biases)
    documents = [[parse(flatten(" ".join(read.words))) for read in file] for file in truths]
    _tune_quotes(scores, documents, truths, biases)
    return _table(biases)


def _tune_head(head: int, stacked: Sequence[tuple[Scores, L.Labels]], biases: Biases) -> None:
    """Climb along one class after the other; two rounds, since classes of a head take from each other."""
    begin, end = int(OFFSETS[head]), int(OFFSETS[head + 1])
    for _ in range(2):
        for c in range(begin + 1, end):
            if min(int((labels[:, head] == c - begin).sum()) for _, labels in stacked) < _LEAST:
                continue
            values = []
            for value in _GRID:
                trial = biases.copy()
                trial[c] = value
                chosen = [(rows[:, begin:end] + trial[begin:end]).argmax(axis=1) for rows, _ in stacked]
                pairs = zip(chosen, stacked, strict=True)
                values.append(
                    np.mean([_f1(one == c - begin, labels[:, head] == c - begin) for one, (_, labels) in pairs])
                )
            biases[c] = _GRID[int(np.argmax(values))]


def _tune_quotes(
    scores: Sequence[Sequence[Scores]],
    documents: Sequence[Sequence[Document]],
    truths: Sequence[Sequence[L.Labelled]],
    biases: Biases,
) -> None:
    """Find one bias for all opening marks: what a pair costs."""
    opens = [int(OFFSETS[L.OPEN]) + c for c in (1, 3)]
    values = []
    for value in _QUOTE_GRID:
        biases[opens] = value
        found = []
        for rows, parsed, file in zip(scores, documents, truths, strict=True):
            chosen = [decode(r, d, biases=biases).labels for r, d in zip(rows, parsed, strict=True)]
            got = np.concatenate([one[:, [L.OPEN, L.CLOSE]] for one in chosen]) > 0
            want = np.concatenate([read.labels[:, [L.OPEN, L.CLOSE]] for read in file]) > 0
            found.append(_f1(got, want))
        values.append(np.mean(found))
    biases[opens] = _QUOTE_GRID[int(np.argmax(values))]


def _f1(got: NDArray[np.bool_], want: NDArray[np.bool_]) -> float:
    return float(2 * (got & want).sum() / max(1, got.sum() + want.sum()))


def _table(biases: Biases) -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    for begin, (head, classes) in zip(OFFSETS, L.HEADS.items(), strict=False):
        row = {form: round(float(biases[begin + c]), 2) for c, form in enumerate(classes)}
        if any(row.values()):
            table[head] = {form: bias for form, bias in row.items() if bias}
    return table
