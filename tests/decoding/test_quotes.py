"""Quotation marks: how they pair, and that no other choice is better."""

from __future__ import annotations

import numpy as np
import pytest
from decoded import decoded, odds, quoted
from exhaustive import Case, assert_best, beginnings, scorers, texts
from hypothesis import example, given
from hypothesis import strategies as st
from wild import WildScorer

from newsnorm.decoding import Carried
from newsnorm.decoding.quotes import COST_PER_QUOTED_WORD, UNCLOSED_SINGLE_COST
from newsnorm.decoding.search import IRREGULAR
from newsnorm.labels import HEADS, heads


def test_a_quotation_that_never_closes_is_not_opened():
    assert not decoded("we left he said", open={0: '"'}).labels[:, heads.OPEN].any()


def test_a_closing_mark_needs_and_gets_an_opening_one():
    got = decoded("we left he said", close={1: '"'}, open={0: '"'})
    assert got.pairs == [(0, 1, got.pairs[0][2])]


@pytest.mark.parametrize(
    ("text", "given", "result", "pairs"),
    [
        ("a b c d", {}, "a b c d", []),
        ("a b c d", {"open": {1: '"'}, "close": {2: '"'}}, 'a "b c" d', [(1, 2)]),
        ("a b c d", {"open": {1: '"'}, "close": {1: '"'}}, 'a "b" c d', [(1, 1)]),
        ("a b c d", {"open": {0: '"', 2: '"'}, "close": {1: '"', 3: '"'}}, '"a b" "c d"', [(0, 1), (2, 3)]),
        # A likely mark brings an unlikely one with it if both together are likelier than neither.
        ("a b c d", {"open": {1: ('"', 3.0)}, "close": {2: ('"', -1.0)}}, 'a "b c" d', [(1, 2)]),
        ("a b c d", {"open": {1: ('"', 1.0)}, "close": {2: ('"', -2.0)}}, "a b c d", []),
        ("a b c d", {"open": {1: '"'}}, "a b c d", []),
        ("a b c d", {"close": {1: '"'}}, "a b c d", []),
        # Of two opening marks in a row the likelier one opens.
        ("a b c d", {"open": {0: ('"', 4.0), 1: ('"', 3.0)}, "close": {2: '"'}}, '"a b c" d', [(0, 2)]),
        ("a b c d", {"open": {0: ('"', 3.0), 1: ('"', 4.0)}, "close": {2: '"'}}, 'a "b c" d', [(1, 2)]),
        ("a b c d", {"open": {0: '"'}, "close": {1: ('"', 3.0), 2: ('"', 4.0)}}, '"a b c" d', [(0, 2)]),
        # Single marks are within double ones, or nowhere.
        ("a b c d", {"open": {1: "'"}, "close": {2: "'"}}, "a b c d", []),
        ("a b c d", {"open": {0: '"', 1: "'"}, "close": {2: "'", 3: '"'}}, "\"a 'b c' d\"", [(0, 3)]),
        ("a b c d", {"open": {0: '"', 1: "'"}, "close": {3: "'\""}}, "\"a 'b c d'\"", [(0, 3)]),
        ("a b c d", {"open": {0: "\"'"}, "close": {1: "'", 3: '"'}}, "\"'a b' c d\"", [(0, 3)]),
        ("a b c d", {"open": {0: "\"'"}, "close": {3: "'\""}}, "\"'a b c d'\"", [(0, 3)]),
        ("a b c d", {"open": {0: '"', 1: "'", 2: "'"}, "close": {1: "'", 2: "'", 3: '"'}}, "\"a 'b' 'c' d\"", [(0, 3)]),
        # Of two equally likely quotations the shorter one is chosen.
        ("a b c d", {"open": {0: '"', 1: '"'}, "close": {2: '"', 3: '"'}}, 'a "b c" d', [(1, 2)]),
        ("a 80s c d", {"open": {0: '"', 1: "'"}, "close": {2: "'", 3: '"'}}, '"a 80s c d"', [(0, 3)]),
        ("a 80s c d", {"open": {1: '"'}, "close": {2: '"'}}, 'a "80s c" d', [(1, 2)]),
        # A mark of the text is kept, and asks for its other half.
        ('a "b c" d', {}, 'a "b c" d', [(1, 2)]),
        ('a "b c d', {"close": {2: ('"', -3.0)}}, 'a "b c" d', [(1, 2)]),
        ('a b c" d', {"open": {1: ('"', -3.0)}}, 'a "b c" d', [(1, 2)]),
        ('a "b c d', {"close": {3: ('"', -9.0)}}, 'a "b c d', []),
        ('a "b" c d', {"close": {2: '"'}}, 'a "b" c d', [(1, 1)]),
        ("a \"b 'c' d\"", {}, "a \"b 'c' d\"", [(1, 3)]),
        ("a 'b c' d", {"open": {1: "\"'"}, "close": {2: "'\""}}, "a \"'b c'\" d", [(1, 2)]),
        ('a "b c" d', {"open": {1: "\"'"}, "close": {2: "'\""}}, "a \"'b c'\" d", [(1, 2)]),
        # An apostrophe of the text closes a single quotation if one is open, and a double one may close after it.
        ("a b' c d", {"open": {0: ("\"'", 30.0)}, "close": {2: '"'}}, "\"'a b' c\" d", [(0, 2)]),
        ("a bs' c d", {"open": {0: '"'}, "close": {1: '"'}}, '"a bs" c d', [(0, 1)]),
        ("a bs' c d", {"open": {0: '"'}, "close": {2: '"'}}, '"a bs c" d', [(0, 2)]),
        ('"a bs\' c" d', {}, '"a bs c" d', [(0, 2)]),
        ("a bs' c d", {"open": {0: ('"', -3.0)}, "close": {2: ('"', -3.0)}}, "a bs c d", []),
        ("a bs' c d", {"open": {0: ('"', 9.0)}, "close": {1: ('"', -5.6)}}, "a bs c d", []),
        ("a bs' c d", {"open": {0: ("\"'", 9.0)}, "close": {1: ("'\"", -5.6)}}, "a bs c d", []),
        # Before 80s there is no single quotation mark, and none where the model is sure that there is none.
        ('a "80s c" d', {"open": {1: "\"'"}, "close": {2: "'\""}}, 'a "80s c" d', [(1, 2)]),
        ('a "b c" d', {"open": {1: ("\"'", -5.6)}, "close": {2: "'\""}}, 'a "b c" d', [(1, 2)]),
        # Unbalanced marks of the text are taken as they are.
        ('a b c" d', {}, 'a b c" d', []),
        ('a "b "c d" e', {}, 'a "b "c d" e', [(1, 3)]),
        ('a "b" c" d', {}, 'a "b" c" d', [(1, 1)]),
        ('a b c d"', {}, 'a b c d"', []),
        ("'a b c d", {}, "'a b c d", []),
        # A gap without room gains no single mark next to the double one, whatever is open.
        ('a "b \'c d" 🙂 e', {}, 'a "b \'c d" e', [(1, 3)]),
        ("a b c,'\" 🙂 d", {"open": {0: ("\"'", 9.0)}}, "\"'a b c'\" d", [(0, 2)]),
        # A quotation that continues past such a gap is not affected.
        ("a b 🙂 c d", {"open": {0: "\"'"}, "close": {1: ('"', -3.0), 3: "'\""}}, "\"'a b c d'\"", [(0, 3)]),
        # No single quotation is opened that only a stray mark would close.
        ('"a b c,\' d" e', {"open": {1: "'"}, "close": {2: "'"}}, "\"a 'b c' d\" e", [(0, 3)]),
        ('"a b (c)\', d" e', {"open": {1: "'"}, "close": {2: "'"}}, '"a b c d" e', [(0, 3)]),
        # Where the text closes both, both are closed, even if a later place is likelier.
        ("a \"b 'c d'\" e f", {"close": {5: ("'\"", 9.0)}}, "a \"b 'c d'\" e f", [(1, 3)]),
        # A single quotation ends with its line; the double one around it reopens at a new paragraph.
        ("a\nb c d", {"open": {0: "\"'"}, "close": {2: '"'}}, '"\'a b c" d', [(0, 2)]),
        ("a\nb c d", {"open": {0: "\"'"}, "close": {2: "'\""}}, "a b c d", []),
        ("\"'a\nb c.'\" d", {}, '"\'a b c" d', [(0, 2)]),
        ('"\'a\n\nb c d"', {"open": {1: '"'}}, '"\'a "b c d"', [(0, 3)]),
        ("\"'a\n\nb c.'\" d", {"open": {1: "\"'"}}, "\"'a \"'b c'\" d", [(0, 2)]),
        # Next to an apostrophe of the text a quotation may close, but need not.
        ("a bs' c d", {"open": {0: '"'}, "close": {1: ('"', -4.0), 2: '"'}}, '"a bs c" d', [(0, 2)]),
    ],
)
def test_quotation_marks_pair(text, given, result, pairs):
    assert quoted(text, **given) == (result, pairs)


def test_a_gap_that_gains_an_apostrophe_is_searched_for_quotations():
    """If the text had the apostrophe, the gap would be searched and the quotation found. Both must agree."""
    given = {"open": {0: '"', 1: ("'", 9.0)}, "close": {1: ("'", -5.6), 3: '"'}, "apostrophe": {1: "trailing"}}
    assert quoted("a bs c d", **given) == quoted("a bs' c d", **given) == ("\"a 'bs' c d\"", [(0, 3)])


# --- paragraphs -------------------------------------------------------------------------------------------------------


def test_a_quotation_reopens_after_an_empty_line():
    got = decoded("we left\n\nwe fled he said", open={0: '"', 2: '"'}, close={3: '"'})
    assert got.labels[2, heads.OPEN] == heads.OPENS['"']
    assert got.pairs[0][:2] == (0, 3)


def test_an_empty_line_at_the_end_closes_a_quotation():
    """Even if the mark is unlikely: no quotation continues past the end of its article."""
    for paragraphs in (False, True):
        assert quoted('a "b c\n\n', close={2: ('"', -9.0)}, paragraphs=paragraphs) == ('a "b c"', [(1, 2)])
        assert quoted('a "b c\n', close={2: ('"', -9.0)}, paragraphs=paragraphs) == ('a "b c', [])


BOTH = {"open": {0: ('"', 4.1), 2: '"'}, "close": {3: '"'}}


@pytest.mark.parametrize(
    ("text", "given", "result"),
    [
        # An open quotation reopens at an empty line, and at a line break if the model sees a paragraph there.
        ("a b\n\nc d", BOTH, '"a b "c d"'),
        ("a b\nc d", BOTH, '"a b c d"'),
        ("a b\nc d", {**BOTH, "paragraph": {1: ("\n", 0.0)}}, '"a b "c d"'),
        ("a b\nc d", {**BOTH, "paragraph": {1: ("\n", odds(0.099))}}, '"a b c d"'),
        ("a b\nc d", {**BOTH, "paragraph": {1: ("\n", odds(0.101))}}, '"a b "c d"'),
        ("a b c d", {**BOTH, "paragraph": {1: "\n"}}, '"a b c d"'),
        ("a b c d", {**BOTH, "paragraph": {1: "\n"}, "paragraphs": True}, '"a b "c d"'),
        ("a b c d", {**BOTH, "paragraphs": True}, '"a b c d"'),
        # It must reopen, or have closed.
        ("a b\n\nc d", {"open": {0: '"', 2: ('"', -2.0)}, "close": {3: '"'}}, '"a b "c d"'),
        ("a b\n\nc d", {"open": {0: '"'}, "close": {3: '"'}}, "a b c d"),
        ("a b\n\nc d", {"open": {0: '"'}, "close": {1: '"'}}, '"a b" c d'),
        ("\n\na b", {"open": {0: '"'}, "close": {1: '"'}}, '"a b"'),
        ("a b\n\n", {"open": {0: '"'}, "close": {1: '"'}}, '"a b"'),
        # A second opening mark may belong to a paragraph that is not shown, and then supports the first one.
        ("a b c d", {**BOTH, "open": {0: ('"', 3.0), 2: '"'}}, 'a b "c d"'),
        ("a b c d", {**BOTH, "open": {0: ('"', 3.0), 2: '"'}, "paragraph": {1: "\n"}}, '"a b c d"'),
    ],
)
def test_an_open_quotation_reopens_at_a_paragraph(text, given, result):
    assert quoted(text, **given)[0] == result


# --- a document that continues another --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("carried", "ends", "given", "result", "pairs"),
    [
        (None, True, {"close": {1: '"'}}, "a b c", []),
        (Carried(quote=1), True, {"close": {1: '"'}}, 'a b" c', [(0, 1)]),
        (Carried(quote=1), True, {"close": {2: ('"', -9.0)}}, 'a b c"', [(0, 2)]),
        (Carried(quote=1), False, {}, "a b c", [(0, 2)]),
        # No paragraph follows in which the quotation could reopen: it closes if that is likelier.
        (Carried(quote=1), False, {"close": {2: ('"', 0.3)}}, 'a b c"', [(0, 2)]),
        (Carried(quote=1), False, {"close": {2: ('"', -0.3)}}, "a b c", [(0, 2)]),
        (Carried(quote=2), True, {"close": {0: "'", 2: '"'}}, "a' b c\"", [(0, 2)]),
        (Carried(quote=2), True, {"close": {1: "'\""}}, "a b'\" c", [(0, 1)]),
        (Carried(), False, {"open": {1: '"'}}, 'a "b c', [(1, 2)]),
        (Carried(), True, {"open": {1: '"'}}, "a b c", []),
        # The marks before its first word were written with the previous document.
        (Carried(), True, {"open": {0: '"'}, "close": {1: '"'}}, "a b c", []),
        (Carried(quote=1), True, {"open": {0: '"', 2: '"'}, "close": {1: '"', 2: '"'}}, 'a b" "c"', [(0, 1), (2, 2)]),
    ],
)
def test_a_quotation_continues_in_the_next_document(carried, ends, given, result, pairs):
    assert quoted("a b c", carried=carried, ends=ends, **given) == (result, pairs)


def test_a_quotation_that_continues_may_have_marks_at_both_ends_of_a_document():
    # It reopens where the document begins, and closes at its end.
    assert quoted('"a b c"', carried=Carried(quote=1)) == ('"a b c"', [(0, 2)])
    # The empty line is the end of the document; the quotation reopens where the next one begins.
    assert quoted('a "b c\n\n', ends=False) == ('a "b c', [(1, 2)])


# --- exhaustive search ------------------------------------------------------------------------------------------------


def pair_off(is_open, closes, opens, new_paragraph):
    """Return the stack *is_open* after quotation marks close and open; ``None`` where they do not pair."""
    runs_on = is_open == '"' and not closes
    for mark in closes:
        if not is_open.endswith(mark):
            return None
        is_open = is_open[:-1]
    if runs_on and new_paragraph:
        # An open quotation reopens at each new paragraph.
        if not opens.startswith('"'):
            return None
        opens = opens[1:]
    for mark in opens:
        if is_open != {'"': "", "'": '"'}[mark]:
            return None
        is_open += mark
    return is_open


def quote_moves(case, gaps):
    previous = dict(zip(gaps, [0, *gaps], strict=False))

    def moves(g, is_open):
        length = COST_PER_QUOTED_WORD * (g - previous[g]) * bool(is_open)
        closing, opening = case.shown(heads.CLOSE, g - 1), case.shown(heads.OPEN, g)
        apostrophe = case.shown(heads.APOSTROPHE, g - 1) == heads.TRAILING
        room = case.room[g] and case.possible[g]
        legal = []
        for c, closes in enumerate(HEADS["close"]):
            shown = HEADS["close"][closing]
            # A single mark may be an apostrophe, but closes a single quotation that is open.
            if ("'" in shown or apostrophe) and ("'" in closes) != is_open.endswith("'"):
                continue
            gained = set(closes) - set(shown) - ({"'"} if apostrophe else set())
            if ('"' in shown and '"' not in closes) or (gained and not (room and g)):
                continue
            for o, opens in enumerate(HEADS["open"]):
                # Before 'em and '80s a single mark is an apostrophe.
                clipped = g < case.n and heads.is_clipped(case.document.words[g])
                if o != opening and not (room and g < case.n and set(HEADS["open"][opening]) <= set(opens)):
                    continue
                if o != opening and "'" in opens and clipped:
                    continue
                lapses = is_open.endswith("'") and not closes and case.lines[g] and g < case.n
                # A single quotation ends with its line; the double one around it may reopen.
                new_paragraph = case.breaks[g] and 0 < g < case.n and (not lapses or opens != "")
                if lapses and opens and not new_paragraph:
                    continue
                then = pair_off('"' if lapses else is_open, closes, opens, new_paragraph)
                if then is None:
                    continue
                score = case.score(heads.CLOSE, g - 1, c) + case.score(heads.OPEN, g, o) + UNCLOSED_SINGLE_COST * lapses
                if is_open == '"' and not c and not o and 0 < g < case.n:
                    # It may continue over a paragraph break that the text does not show, where it would reopen.
                    again = case.score(heads.OPEN, g, 1) + case.score(heads.PARAGRAPH, g - 1, 1)
                    score = case.score(heads.CLOSE, g - 1, 0) + np.logaddexp(case.score(heads.OPEN, g, 0), again)
                legal.append(((c, o), score - length, then))
        if legal:
            return legal
        # The text is unbalanced here: its marks are taken as they are.
        then = '"' if opening in (1, 3) else "" if closing in (1, 3) else is_open
        return [((closing, opening), IRREGULAR - length, then)]

    return moves


@given(texts, beginnings, scorers, st.booleans())
# A quotation that continues past a line break reopens before it opens a single one.
@example("left\nleft ", "", WildScorer(1, 1.0), False)
# A single quotation ends with its line, whether a paragraph begins there or not.
@example("we (left ", "", WildScorer(453, 1.0), True)
# After the end of the text there is no paragraph in which it could reopen.
@example("we-", '"', WildScorer(1, 1.0), False)
def test_no_other_quotation_marks_are_better_than_those_decoded(text, beginning, scorer, paragraphs):
    case = Case(beginning + text, scorer, paragraphs)
    gaps = [
        g
        for g in range(case.n + 1)
        if case.possible[g]
        or case.lines[g]
        or case.shown(heads.CLOSE, g - 1)
        or case.shown(heads.OPEN, g)
        or case.shown(heads.APOSTROPHE, g - 1) == heads.TRAILING
    ]
    found = tuple(
        (int(case.labels[g - 1, heads.CLOSE]) if g else 0, int(case.labels[g, heads.OPEN]) if g < case.n else 0)
        for g in gaps
    )
    assert_best(found, case.best(gaps, quote_moves(case, gaps)))
