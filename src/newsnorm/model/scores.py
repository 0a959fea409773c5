"""Scores: what a model says about each word, one row of natural-log odds over the classes of all heads."""

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

#: Slope and shift: what turns the log odds of a quotation, as the scores have them, into those with which it is right.
Calibration = tuple[float, float]

#: Where the classes of each head begin in a row, and where the last ones end.
OFFSETS = np.cumsum([0, *HEAD_SIZES.values()])


@runtime_checkable
class Scorer(Protocol):
    """What restoring needs of a model. Scores must depend on the words alone."""

    @property
    def forms(self) -> dict[str, str]:
        """Flat words to their mixed forms."""
        ...

    @property
    def biases(self) -> Biases | None:
        """What is added to the log probabilities when labels are chosen, shape ``(sum(HEAD_SIZES.values()),)``."""
        ...

    @property
    def calibration(self) -> Calibration | None:
        """What the log odds of a quotation are multiplied by, and what is then added; ``None``: they are kept."""
        ...

    def score_many(self, texts: Iterable[Sequence[str]]) -> Iterator[Scores]:
        """Score the words of many texts; yields one array a text, shape ``(n_words, sum(HEAD_SIZES.values()))``.

        Each is a new one, which the caller may change.
        """
        ...


#: What functions take for a model: its folder, a loaded one, or ``None`` for the packaged one.
ModelLike: TypeAlias = str | os.PathLike[str] | Scorer | None


def normalisers(scores: Scores) -> NDArray[np.float32]:
    """Work out for each head what its scores have to be lowered by to be natural-log probabilities.

    Shape ``(n_words, n_heads)``: a fifth of the scores, which need not be copied then.
    """
    out = np.empty((len(scores), len(HEAD_SIZES)), np.float32)
    for head, (begin, end) in enumerate(pairwise(OFFSETS)):
        out[:, head] = log_sums(scores[:, begin:end])
    return out


def log_sums(part: Scores) -> NDArray[np.float32]:
    """Add up each row of natural-log odds: the logarithm of the sum, shape ``(n_words,)``."""
    most = part.max(axis=1)
    sums: NDArray[np.float32] = most + np.log(np.exp(part - most[:, np.newaxis]).sum(axis=1))
    return sums


def log_softmax(scores: Scores) -> Scores:
    """Normalise each head: natural-log probabilities, same shape."""
    return scores - np.repeat(normalisers(scores), np.diff(OFFSETS), axis=1)
