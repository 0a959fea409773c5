"""Calibration of quotations: of those with a probability of 80 %, 80 % should be right.

The marks of a quotation depend on each other, but scores look at one gap at a time. So the log odds that follow from
the scores are multiplied by a slope and shifted, both fitted on held-out articles. Neither the labels nor the ranking
of the quotations changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize, root
from scipy.special import expit, logit

from newsnorm.decoding import Decoded
from newsnorm.labels import Labels, heads

#: The probability of a quotation, and whether it is right.
Claim = tuple[float, bool]
#: Slope and shift are fitted if at least this many quotations are right, and as many wrong.
_MIN_CASES = 40


def claims(decoded: Decoded, gold: Labels) -> Iterator[Claim]:
    """Yield a claim for each quotation: it is right if gold opens and closes it there and closes none in between."""
    opens, closes = (np.isin(gold[:, head], heads.DOUBLE_MARKS) for head in (heads.OPEN, heads.CLOSE))
    for first, last, probability in decoded.pairs:
        yield probability, bool(opens[first] and closes[last] and not closes[first:last].any())


def calibrate(found: Sequence[Claim]) -> dict[str, dict[str, float]]:
    """
    Fit slope and shift to the claims in *found* by logistic regression.

    Returns:
        An entry of the model's card, ``{"quotes": {"slope": 0.8, "shift": 0.78}}``. It is empty if there are too few
        claims, or if quotations of higher probability are not right more often.
    """
    probabilities, right = np.array(found, float).reshape(-1, 2).T
    if not _MIN_CASES <= right.sum() <= len(right) - _MIN_CASES:
        return {}
    features = np.column_stack([logit(np.clip(probabilities, 1e-12, 1 - 1e-12)), np.ones(len(right))])
    slope, shift = (round(float(value), 2) for value in fit_logistic(features, right, mean=(1.0, 0.0), prior=1e-3))
    return {"quotes": {"slope": slope, "shift": shift}} if slope > 0 else {}


def fit_logistic(
    features: NDArray[np.floating], outcomes: ArrayLike, *, offset: ArrayLike = 0.0, mean: ArrayLike = 0.0, prior: float
) -> NDArray[np.float64]:
    """
    Fit a logistic regression with an offset, and return its weights.

    Args:
        features: The features of each case, shape ``(n, n_weights)``.
        outcomes: Which cases are true, shape ``(n,)``.
        offset: Log odds of each case without the features, shape ``(n,)``.
        mean: Prior mean of each weight.
        prior: Precision of the prior; 1 counts as much as four cases of even odds.

    >>> fit_logistic(np.ones((8, 1)), [True] * 6 + [False] * 2, prior=0).round(3)  # three to one
    array([1.099])
    """
    signs, base = np.where(outcomes, -1.0, 1.0), np.asarray(offset, float)
    centre = np.broadcast_to(np.asarray(mean, float), features.shape[1])

    def loss(weights: NDArray[np.float64]) -> float:
        surprise = np.logaddexp(0, signs * (base + features @ weights)).sum()
        return float(surprise + prior / 2 * ((weights - centre) ** 2).sum())

    def gradient(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        slope = features.T @ (signs * expit(signs * (base + features @ weights)))
        return np.asarray(slope + prior * (weights - centre), float)

    # The minimiser never runs away, as a root finder may, but rounding of the loss stops it short of the minimum.
    near = minimize(loss, centre, jac=gradient).x
    return root(gradient, near, tol=1e-12).x
