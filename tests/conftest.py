"""Hypothesis profiles, the scorer that the laws are tried with, and the libraries that some tests need."""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec
from zlib import crc32

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from newsnorm.labels import HEAD_SIZES

# A shell that starts the tests in the background has them, and every process that they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Deadlines would make a test depend on how busy the machine is, and so would the check that an example is drawn fast.
settings.register_profile("quick", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("quick"), max_examples=200, derandomize=True)
settings.register_profile("mutation", settings.get_profile("ci"), max_examples=20, database=None)
settings.register_profile("more", settings.get_profile("quick"), max_examples=700)
# A long run starts afresh: what it finds belongs into the test as an example, not into a database on one machine.
settings.register_profile("long", settings.get_profile("quick"), max_examples=20_000, database=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "quick"))

# --- libraries that newsnorm.integrations works with ------------------------------------------------------------------

#: Marks that name one: `pytest -m polars` runs the tests of one.
LIBRARIES = {"dask", "datasets", "pandas", "polars", "pyarrow", "pyspark", "ray", "spacy"}
#: A contributor without the extra `spark`, say, still runs the rest. Where all is to be tested, none may be missing.
MUST_BE_THERE = "CI" in os.environ


def pytest_runtest_setup(item):
    for library in sorted({mark.name for mark in item.iter_markers()} & LIBRARIES):
        if find_spec(library) is None:
            message = f"{library} is not installed: pip install -e '.[dev,clusters]' has all that tests need"
            (pytest.fail if MUST_BE_THERE else pytest.skip)(message)


@pytest.fixture(scope="session")
def flat():
    """Flat texts, all of them different."""
    from strategies import STORIES

    from newsnorm import flatten

    return [" ".join(flatten(story).split()[:40]) for story in STORIES.values()]


@pytest.fixture(scope="session")
def restored(flat):
    """The flat texts, restored by themselves."""
    from newsnorm import restore_many

    return list(restore_many(flat))


# --- the wild scorer --------------------------------------------------------------------------------------------------

WIDTH = sum(HEAD_SIZES.values())
#: A row of scores is a stretch of this: a generator for each word would cost more than all the rest of an example.
NOISE = np.random.default_rng(0).normal(0, 1, 1 << 20).astype(np.float32)
STRETCHES = np.lib.stride_tricks.sliding_window_view(NOISE, WIDTH)


class WildScorer:
    """A scorer that knows nothing: every class of every head is about as likely as any other.

    The laws hold whatever the model says, so they are tried with one that says everything: marks in every gap,
    quotation marks that never pair, hyphens between paragraphs. Scores depend on the words alone, as a model's must:
    on the ends of a word and of the one before it.

    Args:
        seed: From 0 to 2**32 - 1.
        spread: How sure it is: standard deviation of the scores, in nats.
        tied: Round the scores to whole spreads, so that many are equal and only the order of the classes decides.
    """

    def __init__(self, seed: int, spread: float = 3.0, tied: bool = False) -> None:
        self.seed, self.spread, self.tied = seed, spread, tied
        self.forms = {"mcconnell": "McConnell", "iphone": "iPhone"}
        biases = np.random.default_rng(seed).normal(0, 1, WIDTH).astype(np.float32)
        self.biases = np.round(biases) if tied else biases
        self.calibration = (0.7, 0.5)

    def __repr__(self) -> str:
        return f"WildScorer({self.seed}, {self.spread}, {self.tied})"

    def score_many(self, texts):
        for words in texts:
            before, places = "", []
            for word in words:
                key = f"{before} {word[-20:]}".encode("utf-8", "surrogatepass")
                places.append(crc32(key, self.seed) % len(STRETCHES))
                before = word[-20:]
            rows = STRETCHES[np.array(places, np.intp)]
            yield (np.round(rows) if self.tied else rows) * np.float32(self.spread)
