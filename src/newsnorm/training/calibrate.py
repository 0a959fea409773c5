"""Calibration of the quotations: of those that are said to be 80 % sure, 80 % should be right.

The marks of a quotation depend on each other in ways that scores, which look at one gap at a time, do not tell. So the
log odds that follow from the scores are multiplied by a slope and shifted, both fitted on held-out articles. Which
labels are chosen does not change, nor which of two quotations is the surer one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from newsnorm.decoding import Decoded
from newsnorm.labels import Labels, heads
from newsnorm.training.regression import fit_logistic

#: How likely a quotation was thought to be, and whether it is right.
Claim = tuple[float, bool]
#: Two numbers are fitted if so many quotations are right, and so many wrong.
_LEAST = 40


def claims(decoded: Decoded, gold: Labels) -> Iterator[Claim]:
    """Tell of each quotation of a flat text how likely it was, and if gold opens and closes one there, none between."""
    opens, closes = (np.isin(gold[:, head], heads.DOUBLE_MARKS) for head in (heads.OPEN, heads.CLOSE))
    for first, last, probability in decoded.pairs:
        yield probability, bool(opens[first] and closes[last] and not closes[first:last].any())


def calibrate(found: Sequence[Claim]) -> dict[str, dict[str, float]]:
    """
    Fit slope and shift to *found*, by logistic regression.

    Returns:
        What the card of a model holds, ``{"quotes": {"slope": 0.8, "shift": 0.78}}``; nothing, if there is too little
        to fit them to, or if the surer quotations are not those that are right more often.
    """
    probabilities, right = np.array(found, float).reshape(-1, 2).T
    if not _LEAST <= right.sum() <= len(right) - _LEAST:
        return {}
    likely = np.clip(probabilities, 1e-12, 1 - 1e-12)
    given = np.column_stack([np.log(likely / (1 - likely)), np.ones(len(likely))])
    fitted = fit_logistic(given, right, start=(1.0, 0.0), prior=1e-3)
    slope, shift = (round(float(value), 2) for value in fitted)
    return {"quotes": {"slope": slope, "shift": shift}} if slope > 0 else {}
