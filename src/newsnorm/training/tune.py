"""Biases for the decoder, tuned on held-out articles.

A model trained with cross-entropy leaves a doubtful gap empty, and is usually right. But restored text is judged by F1,
for which a comma with a probability of 40 % should be written. So each class has a bias, in nats, that maximises F1 on
held-out articles: its own and, because it competes with other classes, that of its whole head. Tuned for its own F1,
the dash (rarely found) was wrong in six of seven places, mostly in place of a comma. Biases do not affect the
probabilities that users see; those of quotations are calibrated on the same articles (see
``newsnorm.training.calibrate``).
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
from newsnorm.training.compounds import fit_weights
from newsnorm.training.corpus import articles
from newsnorm.words import flatten

#: Heads whose labels are chosen and can be tuned independently for each gap.
_INDEPENDENT = (heads.JOIN, heads.APOSTROPHE, heads.MARK, heads.SIGN)
_GRID = np.arange(-0.6, 2.41, 0.1)
#: Weight of the F1 of a whole head, relative to that of one class. Compared with 5, 20 gives 4 % fewer wrong marks on
#: development articles: one dash in three is right, not one in four, and periods gain 0.1 to 0.4 points.
_HEAD_WEIGHT = 20
#: Coarser, because all articles are decoded again for each value.
_QUOTE_GRID = np.arange(0.0, 1.51, 0.125)
#: The F1 of a class counts in files that contain it at least this often.
_MIN_COUNT = 30
#: Fixed bias of the ``@`` of an address, because held-out articles contain hardly any: with it, *editors time com*
#: becomes *editors@time.com*, and none of 326,000 words becomes a false address.
_ADDRESS_BIAS = 1.0


def tune(model: Model, gold: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """Fit hyphen weights, biases and calibration to the articles of *gold*; each file has the same weight.

    *model* keeps the new hyphen weights.

    Returns:
        Entries of the model's card: ``biases``, head to class to bias in nats, ``compounds``, and ``calibration`` if
        there are enough quotations.
    """
    files = [[read(article) for article in articles(path)] for path in gold]
    truths = [[truth for truth in file if len(truth.words)] for file in files]
    model.set_hyphen_weights({})
    scores = [list(model.score_many(truth.words for truth in file)) for file in truths]
    weights = _fit_compounds(model, scores, truths)
    biases: Biases = np.zeros(OFFSETS[-1], np.float32)
    biases[OFFSETS[heads.JOIN] + heads.JOINS["@"]] = _ADDRESS_BIAS
    stacked = [
        (log_softmax(np.concatenate(rows)), np.concatenate([truth.labels for truth in file]))
        for rows, file in zip(scores, truths, strict=True)
    ]
    for head in _INDEPENDENT:
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


def _fit_compounds(
    model: Model, scores: Sequence[Sequence[Scores]], truths: Sequence[Sequence[Labelled]]
) -> dict[str, float]:
    """Fit the hyphen weights, set them in *model* and apply them to *scores*."""
    reads, flat = [truth for file in truths for truth in file], [one for file in scores for one in file]
    rows = [model.compounds.find(number_pairs(number_words(truth.words))) for truth in reads]
    weights = fit_weights(model.compounds, rows, flat, [truth.labels for truth in reads])
    model.set_hyphen_weights(weights)
    for one, row in zip(flat, rows, strict=True):
        model.adjust_hyphens(one, row)
    return weights


def _tune_head(head: int, stacked: Sequence[tuple[Scores, Labels]], biases: Biases) -> None:
    """Optimise one class at a time, in two rounds because the classes of a head compete."""
    begin, end = int(OFFSETS[head]), int(OFFSETS[head + 1])

    def value(rows: Scores, want: NDArray[np.int8], c: int, trial: Biases) -> float:
        got = (rows[:, begin:end] + trial[begin:end]).argmax(axis=1)
        right = int(((got == want) & (want > 0)).sum())
        whole = _f1(right, int((got > 0).sum()), int((want > 0).sum()))
        # The wire articles contain seven questions; one more or less means nothing.
        own = _marks_f1(got == c, want == c) if (want == c).sum() >= _MIN_COUNT else 0.0
        return own + _HEAD_WEIGHT * whole

    for _ in range(2):
        for c in range(begin + 1, end):
            if max(int((labels[:, head] == c - begin).sum()) for _, labels in stacked) < _MIN_COUNT:
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
    """Find one bias for all double marks, half of that of a pair.

    With all of it on the opening mark, most pairs would be the same, but quotations would be opened in wrong places
    more often than closed. Half on each side gains 1.5 points of whole quotations on news.
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
