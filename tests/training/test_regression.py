"""Logistic regression finds the minimum, also where whole Newton steps would run away from it."""

import numpy as np
import pytest

from newsnorm.training.calibrate import fit_logistic


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("odds", [0, 1, 12])  # the offset explains nothing, something, nearly everything
def test_gradient_is_zero_at_the_fitted_weights(seed, odds):
    random = np.random.default_rng(seed)
    right = random.random(2_000) < 0.05
    known = random.normal(np.where(right, odds, -odds), 1)
    known[0] *= -1  # sure and wrong, where nearly all others are right: its gradient is steep, the minimum flat
    given = np.column_stack([random.random((2_000, 2)) < 0.2, known * (np.arange(2_000) % 5 == 0)]).astype(float)
    found = fit_logistic(given, right, offset=known, prior=1.0)
    slope = given.T @ (right - 1 / (1 + np.exp(-(known + given @ found)))) - found
    assert np.abs(slope).max() < 1e-6


@pytest.mark.parametrize("wrong", [0, 1])
def test_separable_and_nearly_separable_cases_have_finite_weights(wrong):
    odds = np.linspace(-27, 27, 200)
    features, right = np.column_stack([odds, np.ones(200)]), odds > 0
    right[:wrong] = True
    found = fit_logistic(features, right, mean=(1.0, 0.0), prior=1e-3)
    slope = features.T @ (right - 1 / (1 + np.exp(-features @ found))) - 1e-3 * (found - [1.0, 0.0])
    assert np.abs(slope).max() < 1e-6
