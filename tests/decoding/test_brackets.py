"""Brackets: how they pair, and that no other choice is better."""

from __future__ import annotations

import pytest
from decoded import classes
from exhaustive import Case, assert_best, beginnings, scorers, texts
from hypothesis import given
from scripted import Scripted

from newsnorm.decoding import Carried, decode
from newsnorm.decoding.brackets import COST_PER_WORD
from newsnorm.decoding.search import IRREGULAR, NEGLIGIBLE
from newsnorm.document import parse
from newsnorm.labels import HEADS, Labelled, heads, write


@pytest.mark.parametrize(
    ("text", "wanted", "got"),
    [
        ("a b c d", {1: "(", 2: ")"}, {1: "(", 2: ")"}),
        ("a b c d", {1: "()"}, {1: "()"}),
        ("a b c d", {1: "[", 2: "]"}, {1: "[", 2: "]"}),
        ("a b c d", {1: "[]"}, {1: "[]"}),
        ("a b c d", {1: "("}, {}),
        ("a b c d", {1: ")"}, {}),
        ("a b c d", {1: "(", 2: "]"}, {}),
        ("a b c d", {1: "[", 2: ")"}, {}),
        ("a b c d", {0: "(", 1: "[]", 2: ")"}, {0: "(", 2: ")"}),  # no brackets in brackets
        ("a b c d", {1: "(", 2: (")", -2.0)}, {1: "(", 2: ")"}),
        ("a b c d", {1: ("(", -2.0), 2: ")"}, {1: "(", 2: ")"}),
        ("a 🙂 b c d", {1: "()"}, {}),
        ("a b 🙂 c d", {1: "()"}, {}),
        ("a b 🙂 c d", {1: "(", 2: ")"}, {1: "(", 2: ")"}),
        ("a b 🙂 c d", {2: "(", 3: ")"}, {}),
        ("a (b c) d", {1: ("(", -9.0), 2: (")", -9.0)}, {1: "(", 2: ")"}),
        ("a (b c) d", {1: "[", 2: (")", -9.0)}, {1: "(", 2: ")"}),
        ("a (b) c d", {1: "["}, {1: "()"}),
        ("a (b c d", {1: "()"}, {1: "()"}),
        ("a (b c d", {1: ("(", -9.0), 2: (")", -3.5)}, {1: "(", 2: ")"}),
        ("a b) c d", {1: "()"}, {1: "()"}),
        ("a [b c d", {1: "[]"}, {1: "[]"}),
        ("a b] c d", {1: "[]"}, {1: "[]"}),
        ("a (b 🙂 c d", {1: "()"}, {1: "("}),
        ("a 🙂 b) c d", {1: "()"}, {1: ")"}),
        # Unbalanced brackets of the text are taken as they are.
        ("a (b 🙂 c d", {}, {1: "("}),
        ("a 🙂 b) c d", {}, {1: ")"}),
        ("a 🙂 (b 🙂 c] 🙂 d", {}, {1: "(", 2: "]"}),
        # Brackets within brackets are worse than a closing bracket without an opening one.
        ("a (b) 🙂 c) d", {0: "("}, {1: "()", 2: ")"}),
        ("a [b] 🙂 c] d", {0: "["}, {1: "[]", 2: "]"}),
    ],
)
def test_brackets_pair(text, wanted, got):
    assert classes("bracket", text, bracket=wanted) == got


@pytest.mark.parametrize(
    ("bracket", "mark", "expected"),
    [
        (4.0, 2.0, "paul ryan (r) said"),
        (2.0, 4.0, "paul ryan, r said"),
        (4.0, -2.0, "paul ryan (r) said"),
    ],
)
def test_a_gap_gains_an_opening_bracket_or_a_comma_but_not_both(bracket, mark, expected):
    document = parse("paul ryan r said")
    scores = Scripted(bracket={2: ("()", bracket)}, mark={1: (",", mark)}).score(document.words)
    labels = decode(scores, document).labels
    assert write(Labelled(document.words, labels, document.bare, {})).lower() == expected


def test_a_comma_of_the_text_before_a_bracket_is_kept():
    document = parse("paul ryan, (r) said")
    decoded = decode(Scripted().score(document.words), document)
    assert decoded.labels[1, heads.MARK] == heads.MARKS[","]
    assert decoded.labels[2, heads.BRACKET] == heads.BRACKETS["()"]


def test_brackets_that_would_be_far_apart_are_not_written():
    """If the model misses a closing bracket, it is not searched for pages away."""
    text = "a b " + "c " * 200 + "d"
    near, far = ({1: ("(", 3.0), k: (")", 3.0)} for k in (8, 190))
    assert classes("bracket", text, bracket=near) == {1: "(", 8: ")"}
    assert classes("bracket", text, bracket=far) == {}


def test_brackets_continue_in_the_next_document():
    assert classes("bracket", "a b c", carried=Carried(bracket=1), bracket={1: ")"}) == {1: ")"}
    assert classes("bracket", "a b c", carried=Carried(bracket=2), bracket={1: "]"}) == {1: "]"}
    assert classes("bracket", "a b c", carried=Carried(bracket=1), bracket={1: "]"}) == {1: ")"}
    assert classes("bracket", "a b c", carried=Carried(), ends=False, bracket={1: "("}) == {1: "("}
    assert classes("bracket", "a b c", carried=Carried(), ends=False, bracket={0: "("}) == {}


# --- exhaustive search ------------------------------------------------------------------------------------------------


def bracket_moves(case, words):
    previous = dict(zip(words, [0, *words], strict=False))

    def price(i):
        """Return what an opening bracket costs in place of a comma: the odds of the comma against other marks."""
        comma = heads.MARKS[","]
        others = max(case.score(heads.MARK, i - 1, c) for c in range(len(HEADS["mark"])) if c != comma)
        return max(0.0, case.score(heads.MARK, i - 1, comma) - others)

    def moves(i, is_open):
        length = COST_PER_WORD * (i - previous[i]) * bool(is_open)
        shown = HEADS["bracket"][case.shown(heads.BRACKET, i)]
        legal = []
        for c, form in enumerate(HEADS["bracket"]):
            gained = form.replace(shown, "", 1)
            if shown not in form or (form[:1] in "([" and form[:1] in gained and gained and not case.room[i]):
                continue
            if gained[-1:] in ")]" and gained and not case.room[i + 1]:
                continue
            # Two brackets are never open at once, not even around a single word.
            if is_open == {"": is_open, ")": "(", "]": "["}.get(form, ""):
                then = is_open if form == "" else form if form in "([" else ""
                cost = length + price(i) * form.startswith(("(", "["))
                legal.append((c, case.score(heads.BRACKET, i, c) - cost, then))
        # Each irregular bracket of the text counts separately.
        return legal or [(case.shown(heads.BRACKET, i), IRREGULAR * len(shown) - length, is_open)]

    return moves


@given(texts, beginnings, scorers)
def test_no_other_brackets_are_better_than_those_decoded(text, beginning, scorer):
    case = Case(beginning + text, scorer, False)
    words = [
        i for i in range(case.n) if case.shown(heads.BRACKET, i) or case.probability(heads.BRACKET)[i] > NEGLIGIBLE
    ]
    assert_best(tuple(int(case.labels[i, heads.BRACKET]) for i in words), case.best(words, bracket_moves(case, words)))
