"""Case files: flat text, and what the packaged model restores it to. ``tests/cases/README.md`` describes them."""

import json
from pathlib import Path

import pytest

from newsnorm import flatten, restore

FOLDER = Path(__file__).parent / "cases"


def load(name):
    cases = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["flat"][:40]) for case in cases]


@pytest.mark.parametrize("case", load("in_the_wild") + load("synthetic"))
def test_text_is_restored_as_the_case_says(case):
    assert restore(case["flat"]) == case["restored"]
    assert flatten(case["restored"]) == flatten(case["flat"])


@pytest.mark.parametrize("case", load("unchanged"))
def test_text_is_left_unchanged(case):
    assert restore(case["flat"]) == case["flat"]


@pytest.mark.xfail(strict=True, reason="the packaged model restores these wrongly; each case says what is hard")
@pytest.mark.parametrize("case", load("known_failures"))
def test_known_failure_still_fails(case):
    assert restore(case["flat"]) == case["restored"]
