"""Biases for the decoder, tuned on held-out articles.

A model trained on cross-entropy says of a doubtful gap that it probably holds nothing, and is right more often than
not; but a restored text is judged by F1, for which a comma at 40 % is worth writing. So each class gets a bias, in
nats, under which F1 on held-out articles is best: its own and, since what it takes from others counts as well, that of
all classes of its head together. Judged by itself alone a dash, which nobody finds often, was written where it was
wrong in six of seven places, more often for a comma than for anything else. The probabilities that users see have no
part of it; those of quotations are calibrated on the same articles (see ``newsnorm.training.calibrate``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsnorm.decoding import decode
from newsnorm.document import Document, parse
from newsnorm.labels import HEADS, Labelled, Labels, heads, read
from newsnorm.model import Model
from newsnorm.model.compounds import number_pairs, number_words
from newsnorm.model.scores import OFFSETS, Biases, Scores, log_softmax
from newsnorm.training.calibrate import calibrate, claims
from newsnorm.training.compounds import weigh
from newsnorm.training.corpus import articles
from newsnorm.words import flatten

#: Heads whose labels are chosen gap by gap, and may be tuned so.
_PLAIN = (heads.JOIN, heads.APOSTROPHE, heads.MARK, heads.SIGN)
_GRID = np.arange(-0.6, 2.41, 0.1)
#: How much the F1 of a whole head counts against that of one class. Against 5, 20 has 4 % fewer wrong marks on
#: development articles: dashes are right in one of three places, not in one of four; periods gain 0.1 to 0.4 points.
_WHOLE_HEAD = 20
#: Coarser, since each value means decoding everything anew.
_QUOTE_GRID = np.arange(0.0, 1.51, 0.125)
#: The F1 of a class counts in a file that holds this many.
_LEAST = 30
#: What the ``@`` of an address has instead of a bias with the best F1, because held-out articles have next to none:
#: with it *editors time com* is *editors@time.com*, and of 326,000 words none is made an address that is not.
_ADDRESS = 1.0


def tune(model: Model, gold: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """Weigh compounds, find the biases with the best F1 on the articles of *gold*, each file alike, and calibrate.

    *model* keeps the new weights of compounds.

    Returns:
        Entries of a model's card: ``biases``, head to class to bias in nats, ``compounds``, and ``calibration``, if it
        can be told.
    """
    files = [[read(article) for article in articles(path)] for path in gold]
    truths = [[truth for truth in file if len(truth.words)] for file in files]
    model.weigh({})
    scores = [list(model.score_many(truth.words for truth in file)) for file in truths]
    weights = _weigh_compounds(model, scores, truths)
    biases: Biases = np.zeros(OFFSETS[-1], np.float32)
    biases[OFFSETS[heads.JOIN] + heads.JOINS["@"]] = _ADDRESS
    stacked = [
        (log_softmax(np.concatenate(rows)), np.concatenate([truth.labels for truth in file]))
        for rows, file in zip(scores, truths, strict=True)
    ]
    for head in _PLAIN:
        _tune_head(head, stacked, biases)
    documents = [[parse(flatten(" ".join(truth.words))) for truth in file] for file in truths]
    _tune_quotes(scores, documents, truths, biases)
    found = [
        claim
        for rows, parsed, file in zip(scores, documents, truths, strict=True)
        for r, d, truth in zip(rows, parsed, file, strict=True)
        for claim in claims(decode(r, d, biases=biases), truth.labels)
    ]
    tuned: dict[str, dict[str, Any]] = {"biases": _table(biases), "compounds": weights}
    calibration = calibrate(found)
    return tuned | ({"calibration": calibration} if calibration else {})


def _weigh_compounds(
    model: Model, scores: Sequence[Sequence[Scores]], truths: Sequence[Sequence[Labelled]]
) -> dict[str, float]:
    """Weigh compounds, and let *model* and *scores*, which know nothing of them yet, have these weights."""
    reads, flat = [truth for file in truths for truth in file], [one for file in scores for one in file]
    rows = [model.compounds.find(number_pairs(number_words(truth.words))) for truth in reads]
    weights = weigh(model.compounds, rows, flat, [truth.labels for truth in reads])
    model.weigh(weights)
    for one, row in zip(flat, rows, strict=True):
        model.shift(one, row)
    return weights


def _tune_head(head: int, stacked: Sequence[tuple[Scores, Labels]], biases: Biases) -> None:
    """Climb along one class after the other; two rounds, since classes of a head take from each other."""
    begin, end = int(OFFSETS[head]), int(OFFSETS[head + 1])

    def value(rows: Scores, want: NDArray[np.int8], c: int, trial: Biases) -> float:
        got = (rows[:, begin:end] + trial[begin:end]).argmax(axis=1)
        right = int(((got == want) & (want > 0)).sum())
        whole = _f1(right, int((got > 0).sum()), int((want > 0).sum()))
        # Agency copy asks seven questions, of which one more or less says nothing.
        own = _marks_f1(got == c, want == c) if (want == c).sum() >= _LEAST else 0.0
        return own + _WHOLE_HEAD * whole

    for _ in range(2):
        for c in range(begin + 1, end):
            if max(int((labels[:, head] == c - begin).sum()) for _, labels in stacked) < _LEAST:
                continue
            values = []
            for bias in _GRID:
                trial = biases.copy()
                trial[c] = bias
                values.append(np.mean([value(rows, labels[:, head], c - begin, trial) for rows, labels in stacked]))
            biases[c] = _GRID[int(np.argmax(values))]


def _tune_quotes(
    scores: Sequence[Sequence[Scores]],
    documents: Sequence[Sequence[Document]],
    truths: Sequence[Sequence[Labelled]],
    biases: Biases,
) -> None:
    """Find one bias for all double marks: half of what a pair costs.

    All of it on the opening mark would be the same for most pairs, but a quotation would sooner be opened in a wrong
    place than closed: half on each side brings news a point and a half of whole quotations.
    """
    marks = [int(OFFSETS[head]) + c for head in (heads.OPEN, heads.CLOSE) for c in heads.DOUBLE_MARKS]
    values = []
    for value in _QUOTE_GRID:
        biases[marks] = value
        found = []
        for rows, parsed, file in zip(scores, documents, truths, strict=True):
            chosen = [decode(r, d, biases=biases) for r, d in zip(rows, parsed, strict=True)]
            got = np.concatenate([one.labels[:, [heads.OPEN, heads.CLOSE]] for one in chosen]) > 0
            want = np.concatenate([truth.labels[:, [heads.OPEN, heads.CLOSE]] for truth in file]) > 0
            pairs = [right for one, truth in zip(chosen, file, strict=True) for _, right in claims(one, truth.labels)]
            closes = sum(int(np.isin(truth.labels[:, heads.CLOSE], heads.DOUBLE_MARKS).sum()) for truth in file)
            found.append(_marks_f1(got, want) + _f1(sum(pairs), len(pairs), closes))
        values.append(np.mean(found))
    biases[marks] = _QUOTE_GRID[int(np.argmax(values))]


def _f1(right: int, found: int, wanted: int) -> float:
    return 2 * right / max(1, found + wanted)


def _marks_f1(got: NDArray[np.bool_], want: NDArray[np.bool_]) -> float:
    return _f1(int((got & want).sum()), int(got.sum()), int(want.sum()))


def _table(biases: Biases) -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    for begin, (head, classes) in zip(OFFSETS, HEADS.items(), strict=False):
        row = {form: round(float(biases[begin + c]), 2) for c, form in enumerate(classes)}
        if any(row.values()):
            table[head] = {form: bias for form, bias in row.items() if bias}
    return table
