"""Hypothesis profiles, the libraries that some tests need, and fixtures that several files share."""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

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
