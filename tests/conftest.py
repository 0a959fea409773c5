"""Hypothesis profiles, the libraries that some tests need, and shared fixtures."""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

# A shell that runs the tests in the background makes them and all their child processes ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A deadline makes a test depend on how busy the machine is, and so does the check that examples are drawn fast.
settings.register_profile("quick", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("quick"), max_examples=200, derandomize=True)
settings.register_profile("mutation", settings.get_profile("ci"), max_examples=20, database=None)
settings.register_profile("more", settings.get_profile("quick"), max_examples=700)
# A long run keeps no database: what it finds belongs in the test as an example, not on one machine.
settings.register_profile("long", settings.get_profile("quick"), max_examples=20_000, database=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "quick"))

# --- libraries that some tests need -----------------------------------------------------------------------------------

#: Each is a pytest mark as well: `pytest -m polars` runs the tests that need polars.
LIBRARIES = {"dask", "datasets", "pandas", "polars", "pyarrow", "pyspark", "ray", "spacy"}
#: A test whose library is missing is skipped on a contributor's machine, and fails in CI.
LIBRARIES_REQUIRED = "CI" in os.environ


def pytest_runtest_setup(item):
    for library in sorted({mark.name for mark in item.iter_markers()} & LIBRARIES):
        if find_spec(library) is None:
            message = f"{library} is not installed: pip install -e '.[dev,clusters]' installs all that tests need"
            (pytest.fail if LIBRARIES_REQUIRED else pytest.skip)(message)


@pytest.fixture(scope="session")
def flat():
    """The first 40 words of each seed story, flat."""
    from strategies import STORIES

    from newsnorm import flatten

    return [" ".join(flatten(story).split()[:40]) for story in STORIES.values()]


@pytest.fixture(scope="session")
def restored(flat):
    """The texts of `flat`, restored."""
    from newsnorm import restore_many

    return list(restore_many(flat))
