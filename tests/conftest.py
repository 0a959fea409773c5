"""Hypothesis profiles and the scorers that the laws are tried with."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from newsnorm import labels as L

# Deadlines would make a test depend on how busy the machine is.
settings.register_profile("quick", max_examples=100, deadline=None)
settings.register_profile(
    "ci", max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("more", max_examples=700, deadline=None)
settings.register_profile("long", max_examples=20_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "quick"))


class WildScorer:
    """A scorer that knows nothing: every class of every head is about as likely as any other.

    The laws hold whatever the model says, so they are tried with one that says everything: marks in every gap,
    quotation marks that never pair, hyphens between paragraphs. Scores depend on the words alone, as a model's must.
    """

    def __init__(self, seed: int, spread: float = 3.0) -> None:
        self.seed, self.spread = seed, spread
        self.forms = {"mcconnell": "McConnell", "iphone": "iPhone"}
        self.biases = np.random.default_rng(seed).normal(0, 1, sum(L.HEAD_SIZES.values())).astype(np.float32)

    def score_many(self, texts):
        for words in texts:
            width = sum(L.HEAD_SIZES.values())
            rows = np.empty((len(words), width), np.float32)
            before = ""
            for i, word in enumerate(words):
                seed = [self.seed, *map(ord, (before + " " + word)[-40:])]
                rows[i] = np.random.default_rng(seed).normal(0, self.spread, width)
                before = word
            yield rows


@pytest.fixture(params=[1, 2, 3])
def wild(request):
    return WildScorer(request.param)
