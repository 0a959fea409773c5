"""Case files: flat text and what it is restored to by the packaged model.

``in_the_wild`` holds sentences as copy has them, ``synthetic`` one trait of the labels each, ``unchanged`` text that
must stay as it is, ``known_failures`` what comes out wrong today: strict, so that the day it is right is noticed.
"""

import json
from pathlib import Path

import pytest

from newsnorm import flatten, restore

FOLDER = Path(__file__).parent / "cases"


def load(name):
    cases = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["flat"][:40]) for case in cases]


@pytest.mark.parametrize("case", load("in_the_wild") + load("synthetic"))
def test_restored(case):
    assert restore(case["flat"]) == case["restored"]
    assert flatten(case["restored"]) == flatten(case["flat"])


@pytest.mark.parametrize("case", load("unchanged"))
def test_unchanged(case):
    assert restore(case["flat"]) == case["flat"]


@pytest.mark.xfail(strict=True, reason="the packaged model reads these wrong; each case says how")
@pytest.mark.parametrize("case", load("known_failures"))
def test_known_failure(case):
    assert restore(case["flat"]) == case["restored"]
