"""Brute force: on short inputs every path is tried, by rules written down anew, and none is better than that found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wild import WildScorer

from newsnorm.decoding import decode
from newsnorm.decoding.brackets import COST_PER_WORD
from newsnorm.decoding.quotes import COST_PER_QUOTED_WORD, PARAGRAPH_AT_LINE_BREAK, UNCLOSED_SINGLE_COST
from newsnorm.decoding.search import IRREGULAR, NEGLIGIBLE, best_path
from newsnorm.document import parse
from newsnorm.labels import HEADS, heads
from newsnorm.model.scores import OFFSETS, log_softmax

# --- the path itself --------------------------------------------------------------------------------------------------

STATES = range(3)


@st.composite
def some_steps(draw):
    """Steps with a way out of every state, as the decoder makes them; scores are whole, so that many are equal."""
    steps = []
    for place in range(draw(st.integers(0, 5))):
        moves = draw(
            st.lists(st.tuples(st.sampled_from(STATES), st.sampled_from(STATES), st.integers(-9, 0)), max_size=6)
        )
        moves += [(state, state, IRREGULAR) for state in STATES if all(source != state for source, *_ in moves)]
        numbered = enumerate(moves)
        steps.append((place, [((source, (k,)), target, float(score)) for k, (source, target, score) in numbered]))
    return steps


def every_path(steps, state):
    """List every way through *steps*: its score, the moves' numbers and the state in which it ends."""
    if not steps:
        return [(0.0, [], state)]
    (place, moves), *others = steps
    return [
        (score + rest, [(place, classes), *path], end)
        for (source, classes), target, score in moves
        if source == state
        for rest, path, end in every_path(others, target)
    ]


@given(some_steps(), st.sampled_from(STATES), st.booleans())
def test_no_path_is_better_than_the_best(steps, begin, free_end):
    ranked = sorted(
        ((score + IRREGULAR * (end != 0 and not free_end), path) for score, path, end in every_path(steps, begin)),
        key=lambda ranked: ranked[0],
        reverse=True,
    )
    found = best_path(steps, len(STATES), begin=begin, free_end=free_end)
    best = [path for score, path in ranked if score == ranked[0][0]]
    assert found in best


@pytest.mark.parametrize(("cost", "left_open"), [(IRREGULAR + 1, False), (IRREGULAR, False), (IRREGULAR - 1, True)])
def test_nothing_is_left_open_unless_closing_costs_more_than_a_mark_that_cannot_be(cost, left_open):
    steps = [(3, [((0, (7,)), 0, cost), ((0, (8,)), 1, 0.0)])]
    assert best_path(steps, 3) == [(3, (8,) if left_open else (7,))]
    assert best_path(steps, 3, free_end=True) == [(3, (8,))]


def test_what_nothing_closes_is_left_open():
    assert best_path([(3, [((0, (7,)), 1, -5.0), ((0, (8,)), 2, -4.0)])], 3) == [(3, (8,))]
    assert best_path([(3, [((0, (7,)), 1, -5.0)])], 3) == [(3, (7,))]


# --- quotation marks and brackets, by rules of their own --------------------------------------------------------------

words = st.sampled_from(["we", "left", "officials", "said", "em", "80s"])
separators = st.sampled_from(
    [
        *([" "] * 12),
        *('" ', ' "', '," ', "' ", " '", "'\" ", " \"'", '" "', '."\n"', "\n", "\n\n", ", ", "-", " = "),
        *(" (", ") ", ") (", "] ", " [", ' ("', '") ', ".) "),
    ]
)
texts = st.lists(st.builds(str.__add__, words, separators), min_size=1, max_size=5).map("".join)
beginnings = st.sampled_from(["", "", '"', "'", "\"'", "(", '("'])
scorers = st.builds(WildScorer, st.integers(0, 999), st.sampled_from([1.0, 3.0]))


class Case:
    """A short document, its scores and what was decoded."""

    def __init__(self, text, scorer, paragraphs):
        self.document = parse(text)
        self.n = len(self.document.words)
        rows = next(scorer.score_many([self.document.words]))
        self.logs = log_softmax(rows)
        self.scores = self.logs + scorer.biases
        self.labels = decode(rows, self.document, biases=scorer.biases, paragraphs=paragraphs).labels
        joined = np.append(False, self.labels[:, heads.JOIN] > 0)
        #: Gaps that may gain something.
        self.room = self.document.free & ~joined
        breaks = self.document.blank_line.copy()
        breaks[1:] |= self.document.newline[1:] & (self.probability(heads.PARAGRAPH) > PARAGRAPH_AT_LINE_BREAK)
        breaks[1:] |= paragraphs & (self.labels[:, heads.PARAGRAPH] == 1)
        self.breaks = breaks
        self.lines = breaks | self.document.newline
        #: Gaps in which quotation marks are thinkable; the others are not looked at.
        self.thinkable = breaks.copy()
        self.thinkable[1:] |= self.probability(heads.CLOSE) > NEGLIGIBLE
        # Once written, an apostrophe may be taken for a closing mark.
        self.thinkable[1:] |= (
            self.scores[:, OFFSETS[heads.APOSTROPHE] + heads.TRAILING] > self.scores[:, OFFSETS[heads.APOSTROPHE]]
        )
        self.thinkable[:-1] |= self.probability(heads.OPEN) > NEGLIGIBLE

    def probability(self, head):
        """How likely anything but the first class is."""
        return 1 - np.exp(self.logs[:, OFFSETS[head]])

    def score(self, head, i, c):
        """The score of class *c* at word *i*; beyond the text there is nothing to score."""
        return float(self.scores[i, OFFSETS[head] + c]) if 0 <= i < self.n else 0.0

    def shown(self, head, i):
        return int(self.document.shown[i, head]) if 0 <= i < self.n else 0

    def best(self, places, moves):
        """Try every path through *places* that begins with nothing open; return the scores of all, by their classes.

        *moves* lists what may happen: classes, score and what is open then, given the place and what is open before.
        """
        paths = {(): (0.0, "")}
        for place in places:
            longer = {}
            for path, (score, is_open) in paths.items():
                for classes, gain, then in moves(place, is_open):
                    longer[(*path, classes)] = score + gain, then
            paths = longer
        return {path: score + IRREGULAR * bool(is_open) for path, (score, is_open) in paths.items()}


def assert_best(found, scores):
    best = max(scores.values())
    assert scores[found] == pytest.approx(best, abs=1e-3)


def pair_off(is_open, closes, opens, new_paragraph):
    """Close and open quotation marks on the stack *is_open*; ``None`` where they do not pair."""
    runs_on = is_open == '"' and not closes
    for mark in closes:
        if not is_open.endswith(mark):
            return None
        is_open = is_open[:-1]
    if runs_on and new_paragraph:
        # A quotation that runs on opens again at each new paragraph.
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
        room = case.room[g] and case.thinkable[g]
        legal = []
        for c, closes in enumerate(HEADS["close"]):
            shown = HEADS["close"][closing]
            # A single mark may be an apostrophe, but where a single quotation is open it closes that.
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
                # A single quotation ends with its line; the double one around it may open again or not.
                new_paragraph = case.breaks[g] and 0 < g < case.n and (not lapses or opens != "")
                if lapses and opens and not new_paragraph:
                    continue
                then = pair_off('"' if lapses else is_open, closes, opens, new_paragraph)
                if then is None:
                    continue
                score = case.score(heads.CLOSE, g - 1, c) + case.score(heads.OPEN, g, o) + UNCLOSED_SINGLE_COST * lapses
                if is_open == '"' and not c and not o and 0 < g < case.n:
                    # It may run on over a paragraph break that the text does not show, where it would open again.
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
# A quotation that runs on past a line break opens again before it opens a single one.
@example("left\nleft ", "", WildScorer(1, 1.0), False)
# A single quotation ends with its line, whether a paragraph begins there or not.
@example("we (left ", "", WildScorer(453, 1.0), True)
# Past the end of the text there is no paragraph in which it could open again.
@example("we-", '"', WildScorer(1, 1.0), False)
def test_no_quotation_marks_are_better_than_those_decoded(text, beginning, scorer, paragraphs):
    case = Case(beginning + text, scorer, paragraphs)
    gaps = [
        g
        for g in range(case.n + 1)
        if case.thinkable[g]
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


def bracket_moves(case, words):
    previous = dict(zip(words, [0, *words], strict=False))

    def price(i):
        """What an opening bracket costs where a comma would stand: the odds of the comma against other marks."""
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
            # Two brackets are never open at once, not even round a single word.
            if is_open == {"": is_open, ")": "(", "]": "["}.get(form, ""):
                then = is_open if form == "" else form if form in "([" else ""
                cost = length + price(i) * form.startswith(("(", "["))
                legal.append((c, case.score(heads.BRACKET, i, c) - cost, then))
        # Each of the text's own brackets that cannot be counts by itself.
        return legal or [(case.shown(heads.BRACKET, i), IRREGULAR * len(shown) - length, is_open)]

    return moves


@given(texts, beginnings, scorers)
def test_no_brackets_are_better_than_those_decoded(text, beginning, scorer):
    case = Case(beginning + text, scorer, False)
    words = [
        i for i in range(case.n) if case.shown(heads.BRACKET, i) or case.probability(heads.BRACKET)[i] > NEGLIGIBLE
    ]
    assert_best(tuple(int(case.labels[i, heads.BRACKET]) for i in words), case.best(words, bracket_moves(case, words)))
