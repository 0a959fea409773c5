"""The integrations without their libraries: what is imported when, and what a missing library leads to."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from types import SimpleNamespace

import conftest
import pytest

LIBRARIES = {"dask", "datasets", "multiprocess", "numpy", "pandas", "polars", "pyarrow", "pyspark", "ray", "spacy"}


def test_importing_the_integrations_imports_no_library():
    modules = ", ".join(f"newsnorm.integrations.{name}" for name in ("datasets", "pandas", "polars", "spark", "tables"))
    code = f"import sys, newsnorm, {modules}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not LIBRARIES & set(done.stdout.split())


@pytest.mark.parametrize(
    ("library", "extra", "call"),
    [
        ("pandas", "pandas", lambda module: module.restore(None)),
        ("polars", "polars", lambda module: module.restore(None)),
        ("pyspark.sql.types", "spark", lambda module: module.restore(None, "text")),
        ("multiprocess", "datasets", lambda module: module.restore("text")({"text": []})),
        ("spacy.language", "spacy", None),
    ],
)
def test_a_missing_library_is_reported_with_how_and_where_to_install_it(monkeypatch, library, extra, call):
    monkeypatch.setitem(sys.modules, library, None)
    name = f"newsnorm.integrations.{extra}"
    if call is None:
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(ModuleNotFoundError, match=rf"is not installed for .*python.* on .*'newsnorm\[{extra}\]'"):
        call(import_module(name))


@pytest.mark.parametrize(("in_ci", "outcome"), [(True, pytest.fail.Exception), (False, pytest.skip.Exception)])
def test_a_test_without_its_library_fails_in_ci_and_is_skipped_elsewhere(monkeypatch, in_ci, outcome):
    monkeypatch.setattr(conftest, "LIBRARIES", {"newsnorm", "no_such_library"})
    monkeypatch.setattr(conftest, "LIBRARIES_REQUIRED", in_ci)
    there, missing = SimpleNamespace(name="newsnorm"), SimpleNamespace(name="no_such_library")
    assert conftest.pytest_runtest_setup(SimpleNamespace(iter_markers=lambda: [there])) is None
    with pytest.raises(outcome, match="no_such_library is not installed: pip install"):
        conftest.pytest_runtest_setup(SimpleNamespace(iter_markers=lambda: [there, missing]))


def test_every_library_has_its_own_pytest_mark(pytestconfig):
    marks = {line.split(":")[0] for line in pytestconfig.getini("markers")}
    assert marks >= conftest.LIBRARIES
