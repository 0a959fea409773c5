"""Logistic regression, for the few numbers of a model's card that are fitted after training."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Steps below this are not worth halving.
_SMALLEST_STEP = 1e-9


def fit_logistic(
    given: NDArray[np.floating], right: ArrayLike, *, known: ArrayLike = 0.0, start: ArrayLike = 0.0, prior: float
) -> NDArray[np.float64]:
    """
    Find the weights under which what came true was likeliest.

    Args:
        given: What speaks for each case, shape ``(n, n_weights)``.
        right: Which cases came true, shape ``(n,)``.
        known: Log odds that each case has by itself, shape ``(n,)``.
        start: Where each weight stays if nothing speaks for another.
        prior: How firmly it is held there; 1 is as firmly as four cases of even odds would.

    >>> fit_logistic(np.ones((8, 1)), [True] * 6 + [False] * 2, prior=0).round(3)  # three to one
    array([1.099])
    """
    right, known = np.asarray(right, bool), np.asarray(known, float)
    start = np.broadcast_to(np.asarray(start, float), given.shape[1])
    weights = start.copy()

    def log_odds(of: NDArray[np.float64]) -> NDArray[np.float64]:
        odds: NDArray[np.float64] = known + given @ of
        return odds

    def loss(of: NDArray[np.float64]) -> float:
        surprise = np.logaddexp(0, np.where(right, -1, 1) * log_odds(of)).sum()
        return float(surprise + prior / 2 * ((of - start) ** 2).sum())

    # Newton's method: the likelihood has one summit, which is a few steps away.
    for _ in range(20):
        expected = 1 / (1 + np.exp(-log_odds(weights)))
        curvature = (given * (expected * (1 - expected))[:, np.newaxis]).T @ given + prior * np.eye(len(weights))
        step = np.linalg.solve(curvature, given.T @ (right - expected) - prior * (weights - start))
        # Where what is known tells nearly all by itself the summit is all but flat, and a whole step goes far beyond.
        while loss(weights + step) > loss(weights) and np.abs(step).max() > _SMALLEST_STEP:
            step /= 2
        weights += step
    return weights
