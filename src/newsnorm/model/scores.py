"""Scores: one row of natural-log odds for each word, over the classes of all heads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from newsnorm.labels import HEAD_SIZES

#: float32, shape ``(n_words, sum(HEAD_SIZES.values()))``.
Scores = NDArray[np.float32]
#: float32, shape ``(sum(HEAD_SIZES.values()),)``.
Biases = NDArray[np.float32]

#: Slope and shift, which turn the log odds of a quotation from the scores into calibrated ones.
Calibration = tuple[float, float]

#: Where the classes of each head start in a row, and where the last ones end.
OFFSETS = np.cumsum([0, *HEAD_SIZES.values()])


@runtime_checkable
class Scorer(Protocol):
    """The interface of a model. Scores must depend on the words alone."""

    @property
    def forms(self) -> dict[str, str]:
        """Flat words to their mixed forms."""

    @property
    def biases(self) -> Biases | None:
        """Added to the log probabilities when labels are chosen; shape ``(sum(HEAD_SIZES.values()),)``."""

    @property
    def calibration(self) -> Calibration | None:
        """Slope and shift of the log odds of a quotation; ``None`` if they need no calibration."""

    def score_many(self, texts: Iterable[Sequence[str]]) -> Iterator[Scores]:
        """Yield for each text a new array of scores, shape ``(n_words, sum(HEAD_SIZES.values()))``.

        They are natural-log odds up to a constant for each head. The caller may change them.
        """


#: How functions accept a model: its folder, a loaded one, or ``None`` for the packaged one.
ModelLike: TypeAlias = str | os.PathLike[str] | Scorer | None


def normalisers(scores: Scores) -> NDArray[np.float32]:
    """Return for each head what to subtract from its scores to get natural-log probabilities.

    Shape ``(n_words, n_heads)``: a fifth of the size of the scores, which then need not be copied.
    """
    out = np.empty((len(scores), len(HEAD_SIZES)), np.float32)
    for head, (begin, end) in enumerate(pairwise(OFFSETS)):
        out[:, head] = log_sums(scores[:, begin:end])
    return out


def log_sums(part: Scores) -> NDArray[np.float32]:
    """Return the log of the sum of the exponentials of each row, shape ``(n_words,)``."""
    most = part.max(axis=1)
    sums: NDArray[np.float32] = most + np.log(np.exp(part - most[:, np.newaxis]).sum(axis=1))
    return sums


def log_softmax(scores: Scores) -> Scores:
    """Return natural-log probabilities: the scores normalised for each head, same shape."""
    return scores - np.repeat(normalisers(scores), np.diff(OFFSETS), axis=1)
