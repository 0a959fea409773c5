"""Scores: what a model says about each word, one row of natural-log odds over the classes of all heads."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from newsnorm.labels import HEAD_SIZES

#: float32, shape ``(n_words, sum(HEAD_SIZES.values()))``.
Scores = NDArray[np.float32]
#: float32, shape ``(sum(HEAD_SIZES.values()),)``.
Biases = NDArray[np.float32]

#: Where the classes of each head begin in a row, and where the last ones end.
OFFSETS = np.cumsum([0, *HEAD_SIZES.values()])


def log_softmax(scores: Scores) -> Scores:
    """Normalise each head: natural-log probabilities, same shape."""
    out = np.empty_like(scores)
    for begin, end in pairwise(OFFSETS):
        part = scores[:, begin:end]
        part = part - part.max(axis=1, keepdims=True)
        out[:, begin:end] = part - np.log(np.exp(part).sum(axis=1, keepdims=True))
    return out
