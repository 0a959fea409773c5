"""Logistic regression ends at the summit, also where Newton's whole steps would run away from it."""

import numpy as np
import pytest

from newsnorm.training.regression import fit_logistic


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("odds", [0, 1, 12])  # what is known beforehand: nothing, something, nearly all
def test_finds_the_summit(seed, odds):
    random = np.random.default_rng(seed)
    right = random.random(2_000) < 0.05
    known = random.normal(np.where(right, odds, -odds), 1)
    known[0] *= -1  # sure and wrong, where nearly all else is right: its slope is steep and the summit flat
    given = np.column_stack([random.random((2_000, 2)) < 0.2, known * (np.arange(2_000) % 5 == 0)]).astype(float)
    found = fit_logistic(given, right, known=known, prior=1.0)
    slope = given.T @ (right - 1 / (1 + np.exp(-(known + given @ found)))) - found
    assert np.abs(slope).max() < 1e-6
