"""Edits: validated when they are created, and applied to the text they were found for."""

import math

import pytest

from newsnorm import KINDS, Edit, apply

TEXT = "the town s recapture"
JOIN = Edit(8, " ", "'", "contractions", 0.99)
CAPITAL = Edit(0, "the", "The", "case", 0.98)
PERIOD = Edit(20, "", ".", "punctuation", 0.97)


def test_edits_are_applied_in_order():
    assert apply(TEXT, [CAPITAL, JOIN, PERIOD]) == "The town's recapture."
    assert apply(TEXT, (edit for edit in (CAPITAL, PERIOD))) == "The town s recapture."
    assert apply(TEXT, []) == TEXT
    assert apply("", [Edit(0, "", ".", "punctuation", 1)]) == "."


def test_adjacent_edits_are_applied():
    assert apply("it s", [Edit(0, "", '"', "quotes", 1), Edit(0, "it", "It", "case", 1)]) == '"It s'
    assert apply("a b", [Edit(0, "a", "A", "case", 1), Edit(1, " ", "-", "hyphens", 1)]) == "A-b"
    assert apply("a b", [Edit(3, "", "?", "punctuation", 1), Edit(3, "", '"', "quotes", 1)]) == 'a b?"'


@pytest.mark.parametrize(
    "edits", [[JOIN, CAPITAL], [PERIOD, JOIN], [JOIN, JOIN], [CAPITAL, Edit(2, "e", "E", "case", 1)]]
)
def test_edits_out_of_order_are_refused(edits):
    with pytest.raises(ValueError, match=r"must follow the order of the text: Edit\(.*starts before offset \d+"):
        apply(TEXT, edits)


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        (Edit(9, " ", "'", "contractions", 1), "'s'"),
        (Edit(8, "  ", "'", "contractions", 1), "' s'"),
        (Edit(18, "res", "RES", "case", 1), "'re'"),
        (Edit(20, " ", "\n", "paragraphs", 1), "''"),
        (Edit(21, "", ".", "punctuation", 1), "''"),
    ],
)
def test_edits_of_another_text_are_refused(edit, found):
    with pytest.raises(ValueError, match=f"does not fit the text, which has {found} there: apply edits to the text"):
        apply(TEXT, [edit])


def test_apply_refuses_other_types_than_str():
    with pytest.raises(TypeError, match="text must be a str, not bytes: decode it first"):
        apply(b"iraq", [])


# --- validation -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*KINDS, "paragraphs"])
@pytest.mark.parametrize("probability", [0, 0.5, 1])
def test_edits_of_every_kind_are_valid(kind, probability):
    assert Edit(0, "", "x", kind, probability).kind == kind


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"offset": -1}, "offset must be 0 or more, not -1"),
        ({"before": "'"}, 'an edit must change something: before and after are both "\'"'),
        ({"kind": "casing"}, "kind must be one of case, .*paragraphs, not 'casing'"),
        ({"probability": -0.1}, "probability must be from 0 to 1, not -0.1"),
        ({"probability": 1.1}, "probability must be from 0 to 1, not 1.1"),
        ({"probability": math.nan}, "probability must be from 0 to 1, not nan"),
    ],
)
def test_invalid_edits_are_refused(wrong, message):
    right = {"offset": 0, "before": " ", "after": "'", "kind": "contractions", "probability": 0.9}
    Edit(**right)
    with pytest.raises(ValueError, match=message):
        Edit(**right | wrong)


def test_edits_are_immutable():
    with pytest.raises(AttributeError):
        JOIN.after = "-"
