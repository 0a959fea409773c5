"""Tries every choice of quotation marks or brackets in a short text, by rules written independently of the decoder."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st
from wild import WildScorer

from newsnorm.decoding import decode
from newsnorm.decoding.quotes import PARAGRAPH_AT_LINE_BREAK
from newsnorm.decoding.search import IRREGULAR, NEGLIGIBLE
from newsnorm.document import parse
from newsnorm.labels import heads
from newsnorm.model.scores import OFFSETS, log_softmax

_words = st.sampled_from(["we", "left", "officials", "said", "em", "80s"])
_separators = st.sampled_from(
    [
        *([" "] * 12),
        *('" ', ' "', '," ', "' ", " '", "'\" ", " \"'", '" "', '."\n"', "\n", "\n\n", ", ", "-", " = "),
        *(" (", ") ", ") (", "] ", " [", ' ("', '") ', ".) "),
    ]
)
texts = st.lists(st.builds(str.__add__, _words, _separators), min_size=1, max_size=5).map("".join)
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
        #: Gaps that may gain marks.
        self.room = self.document.free & ~joined
        breaks = self.document.blank_line.copy()
        breaks[1:] |= self.document.newline[1:] & (self.probability(heads.PARAGRAPH) > PARAGRAPH_AT_LINE_BREAK)
        breaks[1:] |= paragraphs & (self.labels[:, heads.PARAGRAPH] == 1)
        self.breaks = breaks
        self.lines = breaks | self.document.newline
        #: Gaps in which quotation marks are possible; the others are not searched.
        self.possible = breaks.copy()
        self.possible[1:] |= self.probability(heads.CLOSE) > NEGLIGIBLE
        # Once written, an apostrophe may be taken for a closing mark.
        self.possible[1:] |= (
            self.scores[:, OFFSETS[heads.APOSTROPHE] + heads.TRAILING] > self.scores[:, OFFSETS[heads.APOSTROPHE]]
        )
        self.possible[:-1] |= self.probability(heads.OPEN) > NEGLIGIBLE

    def probability(self, head):
        """Return the probability of all classes but the first."""
        return 1 - np.exp(self.logs[:, OFFSETS[head]])

    def score(self, head, i, c):
        """Return the score of class *c* at word *i*, which is 0 outside the text."""
        return float(self.scores[i, OFFSETS[head] + c]) if 0 <= i < self.n else 0.0

    def shown(self, head, i):
        return int(self.document.shown[i, head]) if 0 <= i < self.n else 0

    def best(self, places, moves):
        """Try every path through *places* that begins with nothing open; return the score of each, by its classes.

        *moves* takes a place and what is open before it; it lists the classes, the score and what is open then.
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
