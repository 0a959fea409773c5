"""Tests against the real libraries; `pytest -m polars` runs those of one.

Outside CI a contributor without the extra `spark`, say, still runs the rest: what needs it is skipped, and says so.
"""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest
from strategies import STORIES

from newsnorm import flatten, restore_many

#: Marks that name a library.
LIBRARIES = {"dask", "datasets", "pandas", "polars", "pyarrow", "pyspark", "ray", "spacy"}
MUST_BE_THERE = "CI" in os.environ or "NEWSNORM_ALL_EXTRAS" in os.environ


def pytest_runtest_setup(item):
    for library in sorted({mark.name for mark in item.iter_markers()} & LIBRARIES):
        if find_spec(library) is None:
            message = f"{library} is not installed: pip install -e '.[dev,integrations]'"
            (pytest.fail if MUST_BE_THERE else pytest.skip)(message)


@pytest.fixture(scope="session")
def flat():
    """Flat texts, all of them different."""
    return [" ".join(flatten(story).split()[:40]) for story in STORIES.values()]


@pytest.fixture(scope="session")
def restored(flat):
    return list(restore_many(flat))
