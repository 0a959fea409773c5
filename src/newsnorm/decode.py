"""From scores to the best labelling that the text's own marks allow.

The decoder works on all labels, whatever kinds are asked for, and its answer depends on the scores and on the evidence
alone. So the best labelling stays the best when part of it has been written into the text, which is why restoring is
idempotent and why the single kinds compose. Most heads are settled gap by gap; quotation marks and brackets, which
must pair, by dynamic programmes over what is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from newsnorm import labels as L
from newsnorm import paths
from newsnorm.evidence import Document
from newsnorm.paths import BRACKET_MOVES, IRREGULAR, SINGLE, Before, Step
from newsnorm.scores import OFFSETS, Biases, Scores, normalisers

#: A gap where quotation marks are less likely than this is not looked at: 7 of 8 gaps; for brackets, 49 of 50 words.
#: A fifth of it looks at a third of the gaps and changes 4 words in 200,000.
NEGLIGIBLE = 2e-2
#: A line break opens a new paragraph, where a quotation is opened again, if the model thinks it this likely.
PARAGRAPH_AT_LINE_BREAK = 0.1


@frozen
class Decoded:
    """The chosen labels and how likely each is; both of shape ``(n_words, n_heads)``, int8 and float32.

    For ``open`` and ``close`` the probability is that of the whole pair: the smaller of its two ends.
    """

    labels: L.Labels
    probabilities: NDArray[np.float32]
    #: Double quotation marks that belong together: the first and the last word between them, and the probability.
    pairs: list[tuple[int, int, float]]


class _Decoder:
    """The labelling under construction, and what is still allowed in it."""

    def __init__(
        self,
        scores: Scores,
        document: Document,
        biases: Biases | None,
        paragraphs: bool,
        before: Before | None,
        ends: bool,
    ) -> None:
        self.document, self.paragraphs = document, paragraphs
        self.before, self.ends = before or Before(), ends
        self.scores, self.biases = scores, biases
        #: With them, head by head, scores become log probabilities. A copy of all would cost more than all else here.
        self.normalisers = normalisers(scores)
        self.n = len(document.words)
        self.shown = document.shown
        self.labels: L.Labels = np.zeros((self.n, len(L.HEADS)), np.int8)
        #: Gaps, before word *g*, that may gain a mark.
        self.open_gap = document.free.copy()
        # The gap before a document that goes on from another was written with the other.
        self.open_gap[0] &= before is None

    def head(self, head: int) -> Scores:
        """Work out the log probabilities of one head, biases included."""
        classes = slice(OFFSETS[head], OFFSETS[head + 1])
        logs: Scores = self.scores[:, classes] - self.normalisers[:, head, np.newaxis]
        return logs if self.biases is None else logs + self.biases[classes]

    def log(self, word: int | NDArray[np.intp], head: int, label: int | NDArray[np.int8]) -> Any:
        """Work out log probabilities, without biases, of single labels."""
        return self.scores[word, OFFSETS[head] + label] - self.normalisers[word, head]

    def likely(self, head: int, least: float) -> NDArray[np.bool_]:
        """Tell for which words *head* has more than *least* probability for anything but its first class."""
        likely: NDArray[np.bool_] = self.log(np.arange(self.n), head, 0) < np.log1p(-least)
        return likely

    def _choose(self, head: int, allowed: NDArray[np.bool_]) -> None:
        """Take the likeliest allowed class of each word, the first if none is; *allowed*: bool, a row a word."""
        self.labels[:, head] = np.where(allowed, self.head(head), -np.inf).argmax(axis=1)

    def _allow(self, head: int, before: Iterable[int], after: Iterable[int]) -> NDArray[np.bool_]:
        """Allow what the text shows; where it shows nothing, no mark, and a mark where its gap may gain one.

        *before* and *after* are the classes that need the gap before or after the word.
        """
        allowed = np.zeros((self.n, OFFSETS[head + 1] - OFFSETS[head]), bool)
        allowed[:, 0] = True
        for c in before:
            allowed[:, c] = self.open_gap[:-1]
        for c in after:
            allowed[:, c] = self.open_gap[1:] & allowed[:, c] if c in before else self.open_gap[1:]
        seen = np.flatnonzero(self.shown[:, head])
        allowed[seen] = False
        allowed[seen, self.shown[seen, head]] = True
        return allowed

    def joins(self) -> None:
        """Settle the joins: a gap that is joined has room for nothing else."""
        document = self.document
        inner = document.bare[1:] & ~document.newline[1:]
        inner[-1] = False
        allowed = np.zeros((self.n, L.HEAD_SIZES["join"]), bool)
        allowed[inner] = True
        seen = np.flatnonzero(self.shown[:, L.JOIN])
        allowed[seen] = False
        allowed[seen, self.shown[seen, L.JOIN]] = True
        self._choose(L.JOIN, allowed)
        self.open_gap[1:] &= self.labels[:, L.JOIN] == 0

    def paragraph_breaks(self) -> None:
        """Settle the paragraph breaks; a line break in the text stands."""
        allowed = self._allow(L.PARAGRAPH, (), (1,))
        allowed[-1, 1] = False
        self._choose(L.PARAGRAPH, allowed)

    def marks(self) -> None:
        """Settle the marks. A shown period may be an abbreviation's, or half of ``Inc.,``."""
        allowed = self._allow(L.MARK, (), range(1, L.HEAD_SIZES["mark"]))
        shown = self.shown[:, L.MARK]
        room = self.open_gap[1:].copy()
        room[-1] = False
        for mark in (",", ":", ";", "—", ".,"):
            allowed[-1, L.MARKS[mark]] = shown[-1] == L.MARKS[mark]
        period, abbreviation, comma, both = (L.MARKS[m] for m in (".", "abbreviation", ",", ".,"))
        periods = (shown == period) | (shown == abbreviation)
        allowed[periods, period] = allowed[periods, abbreviation] = True
        allowed[(periods | (shown == comma)) & room, both] = True
        self._choose(L.MARK, allowed)

    def signs(self) -> None:
        """Settle currency and percent signs."""
        percent = L.SIGNS["%"]
        others = [c for c in range(1, L.HEAD_SIZES["sign"]) if c != percent]
        self._choose(L.SIGN, self._allow(L.SIGN, others, [percent]))

    def apostrophes(self) -> None:
        """Settle the apostrophes at the ends of words; within single quotation marks there are none."""
        allowed = self._allow(L.APOSTROPHE, [L.LEADING], [L.TRAILING])
        clipped = np.array([L.clipped(word) for word in self.document.words], bool)
        allowed[~clipped, L.LEADING] = False
        single = self.labels[:, L.CLOSE] >= L.CLOSES["'"]
        depth: NDArray[np.int_] = np.cumsum(self.labels[:, L.OPEN] >= L.OPENS["'"]) - np.cumsum(single)
        depth += self.before.quote == SINGLE
        allowed[(depth > 0) | single, L.TRAILING] = False
        # What stands after a word and ends no single quotation is an apostrophe, however it was read.
        apostrophe = self.shown[:, L.APOSTROPHE]
        stands = (apostrophe == L.TRAILING) | ((self.shown[:, L.CLOSE] >= L.CLOSES["'"]) & (apostrophe == 0))
        allowed[stands & ~single] = False
        allowed[stands & ~single, L.TRAILING] = True
        self._choose(L.APOSTROPHE, allowed)

    def brackets(self) -> None:
        """Pair the brackets."""
        names = L.HEADS["bracket"]
        allowed = self._allow(
            L.BRACKET,
            [c for c, form in enumerate(names) if form[:1] in ("(", "[")],
            [c for c, form in enumerate(names) if form[-1:] in (")", "]")],
        )
        shown = self.shown[:, L.BRACKET]
        for half, whole in (("(", "()"), (")", "()"), ("[", "[]"), ("]", "[]")):
            gap = self.open_gap[1:] if half in "([" else self.open_gap[:-1]
            allowed[:, L.BRACKETS[whole]] |= (shown == L.BRACKETS[half]) & gap
        scores = self.head(L.BRACKET)
        steps = []
        for i in map(int, np.flatnonzero((shown != 0) | self.likely(L.BRACKET, NEGLIGIBLE))):
            moves = [m for m in BRACKET_MOVES if allowed[i, m[1]]]
            step: Step = []
            # A word in brackets within others costs twice what one bracket too many does: "a b) c)", once written as
            # "a (b) c)", must not become "(a (b) c)".
            for state in range(3):
                legal = [(state, to, float(scores[i, c]), (c,)) for source, c, to in moves if source == state]
                step += legal or [(state, state, IRREGULAR * len(names[shown[i]]), (int(shown[i]),))]
            steps.append((i, step))
        for i, (c,) in paths.best_path(steps, 3, begin=self.before.bracket, free_end=not self.ends):
            self.labels[i, L.BRACKET] = c

    def quotes(self) -> list[tuple[int, int, float]]:
        """Pair the quotation marks; return the double pairs."""
        breaks = self.document.blank_line.copy()
        breaks[1:] |= self.document.newline[1:] & self.likely(L.PARAGRAPH, PARAGRAPH_AT_LINE_BREAK)
        if self.paragraphs:
            breaks[1:] |= self.labels[:, L.PARAGRAPH] == 1
        # Where marks may be put depends on the scores alone: an apostrophe that was restored first must not bring a gap
        # back into play.
        quotable = breaks.copy()
        quotable[1:] |= self.likely(L.CLOSE, NEGLIGIBLE)
        quotable[:-1] |= self.likely(L.OPEN, NEGLIGIBLE)
        # Once written, an apostrophe may be taken for the end of a single quotation, so that it may be one before, too.
        apostrophes = self.head(L.APOSTROPHE)
        quotable[1:] |= apostrophes[:, L.TRAILING] > apostrophes[:, 0]
        if self.before.quote and self.ends:
            # What was opened a document ago has to close in this one, likely or not.
            quotable[:] = True
        wanted = quotable | self.document.newline
        wanted[1:] |= (self.shown[:, L.CLOSE] > 0) | (self.shown[:, L.APOSTROPHE] == L.TRAILING)
        wanted[:-1] |= self.shown[:, L.OPEN] > 0
        steps = self._quote_steps(np.flatnonzero(wanted), breaks, quotable & self.open_gap)
        return self._write_quotes(paths.best_path(steps, 3, begin=self.before.quote, free_end=not self.ends))

    def _quote_steps(
        self, gaps: NDArray[np.intp], breaks: NDArray[np.bool_], quotable: NDArray[np.bool_]
    ) -> Iterator[tuple[int, Step]]:
        """List what may happen to the quotations in each of *gaps*, with its score; *quotable* ones may gain a mark."""
        nothing = np.zeros((1, L.HEAD_SIZES["close"]), np.float32)
        close = np.vstack([nothing, self.head(L.CLOSE)])[gaps]
        open_ = np.vstack([self.head(L.OPEN), nothing])[gaps]
        # A new paragraph of a long quotation opens again on the wire. Where the break is not shown, a quotation that
        # runs on may be one in which the model sees that second opening.
        hidden = open_[:, 1] + np.pad(self.head(L.PARAGRAPH)[:-1, 1].astype(float), 1, constant_values=-np.inf)[gaps]
        runs_on = close[:, 0] + np.logaddexp(open_[:, 0], hidden)
        lines = breaks | self.document.newline
        for g, closes, opens, on in zip(gaps.tolist(), close.tolist(), open_.tolist(), runs_on.tolist(), strict=True):
            shown = (int(self.shown[g - 1, L.CLOSE]) if g else 0, int(self.shown[g, L.OPEN]) if g < self.n else 0)
            starts = bool(lines[g]) and g < self.n, bool(breaks[g]) and g < self.n
            step: Step = []
            for source, target, c, o, penalty in paths.legal_quotes(
                *self._allowed_quotes(g, bool(quotable[g])), *starts, shown
            ):
                score = on if source == 1 and not c and not o else closes[c] + opens[o]
                step.append((source, target, score + penalty, (c, o)))
            yield g, step

    def _allowed_quotes(self, g: int, room: bool) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
        """List the closing classes, by what is open, and the opening classes that the marks in gap *g* allow."""
        closes: tuple[tuple[int, ...], ...]
        if g and (seen := int(self.shown[g - 1, L.CLOSE])) in (1, 3):
            closes = ((), (1,), (3,) if room or seen == 3 else ())
        elif g and (seen == 2 or self.shown[g - 1, L.APOSTROPHE] == L.TRAILING):
            # The one mark is an apostrophe, or closes a single quotation if one is open.
            closes = ((0,), (0, 1) if room else (0,), (2, 3) if room else (2,))
        else:
            closes = ((0,), (0, 1), (0, 2, 3)) if room and g else ((0,), (0,), (0,))
        if g in self.document.stray:
            closes = (*closes[:2], ())
        shown = int(self.shown[g, L.OPEN]) if g < self.n else 0
        opens: tuple[int, ...] = (0,)
        if room and g < self.n:
            # Before 'em or '80s a single mark is an apostrophe.
            opens = (0, 1) if L.clipped(self.document.words[g]) else (0, 1, 2, 3)
        if shown:
            opens = (shown, 3) if room and len(opens) == 4 else (shown,)
        return closes, opens

    def _write_quotes(self, path: Sequence[tuple[int, tuple[int, ...]]]) -> list[tuple[int, int, float]]:
        pairs = []
        # Where a mark of a pair has been written already, the rest of the pair has to follow, and where not, not.
        opened, carried = (0, float(self.before.written)) if self.before.quote else (-1, None)
        for g, (c, o) in path:
            if c:
                self.labels[g - 1, L.CLOSE] = c
                if c in (1, 3) and opened >= 0:
                    pairs.append((opened, g - 1, self._pair_probability(opened, g - 1) if carried is None else carried))
                    opened, carried = -1, None
            if o:
                self.labels[g, L.OPEN] = o
                if o in (1, 3) and opened < 0:
                    opened = g
        if opened >= 0 and not self.ends:
            pairs.append((opened, self.n - 1, self._pair_probability(opened) if carried is None else carried))
        double = (self.shown == L.OPENS['"']) | (self.shown == L.OPENS["\"'"])
        shown = (set(np.flatnonzero(double[:, head]).tolist()) for head in (L.OPEN, L.CLOSE))
        return paths.tie_halves(pairs, *shown)

    def _pair_probability(self, opened: int, closed: int | None = None) -> float:
        """Take the smaller of the probabilities of the mark before word *opened* and of that after word *closed*."""
        opening = self.log(opened, L.OPEN, self.labels[opened, L.OPEN])
        closing = 0.0 if closed is None else self.log(closed, L.CLOSE, self.labels[closed, L.CLOSE])
        return float(np.exp(min(opening, closing)))

    def starts(self) -> None:
        """Settle where sentences start: as the marks tell, and as the model thinks where they leave it open."""
        labels = self.labels
        likely = self.head(L.START)[:, 1] > self.head(L.START)[:, 0]
        before = np.vstack([np.zeros((1, labels.shape[1]), np.int8), labels[:-1]])
        terminal = np.isin(before[:, L.MARK], list(L.TERMINAL))
        open_question = (
            terminal
            | np.isin(before[:, L.MARK], list(L.OPEN_MARKS))
            | (before[:, L.PARAGRAPH] > 0)
            | (labels[:, L.OPEN] > 0)
            | np.isin(labels[:, L.BRACKET], list(L.OPENING))
        )
        labels[:, L.START] = (terminal & (before[:, L.CLOSE] == 0)) | (open_question & likely)
        labels[0, L.START] = self.before.starts

    def cases(self) -> None:
        """Settle how each word is written in mid-sentence."""
        self.labels[:, L.CASE] = self.head(L.CASE).argmax(axis=1)


def decode(
    scores: Scores,
    document: Document,
    *,
    biases: Biases | None = None,
    paragraphs: bool = False,
    before: Before | None = None,
    ends: bool = True,
) -> Decoded:
    """Find the best labelling of *document*.

    Args:
        scores: float32, shape ``(n_words, sum(HEAD_SIZES.values()))``, natural-log odds up to a constant a head.
        document: The words and what the text shows.
        biases: float32, shape ``(sum(HEAD_SIZES.values()),)``, in nats: added to the log probabilities when labels are
            chosen. The likeliest labels are not those with the best F1; see ``newsnorm.training.tune``.
        paragraphs: Paragraph breaks will be written, so that a quotation opens again after one.
        before: What the text before leaves open, if the document goes on from another.
        ends: The text ends with the document; else what is open at its end may stay so.

    Returns:
        Labels of every head for every word, their probabilities and the pairs of quotation marks.

    Cost: O(n) time and memory in words.
    """
    n = len(document.words)
    if n == 0:
        return Decoded(np.zeros((0, len(L.HEADS)), np.int8), np.zeros((0, len(L.HEADS)), np.float32), [])
    decoder = _Decoder(scores, document, biases, paragraphs, before, ends)
    decoder.joins()
    decoder.paragraph_breaks()
    pairs = decoder.quotes()
    decoder.marks()
    decoder.signs()
    decoder.apostrophes()
    decoder.brackets()
    decoder.starts()
    decoder.cases()
    labels = decoder.labels
    if not paragraphs:
        # Rendering takes a label for what will stand there, and brackets and quotation marks nest within a paragraph.
        labels[:, L.PARAGRAPH] = document.shown[:, L.PARAGRAPH]
    words = np.arange(n)
    probabilities = np.exp(
        np.stack([decoder.log(words, head, labels[:, head]) for head in range(len(L.HEADS))], axis=1)
    )
    # A capital may come from the word or from the sentence that starts with it.
    first = np.flatnonzero((labels[:, L.START] == 1) & (labels[:, L.CASE] <= L.TITLE))
    lowered, inner = np.exp(decoder.log(first, L.CASE, L.LOWER)), np.exp(decoder.log(first, L.START, 0))
    probabilities[first, L.CASE] = 1 - lowered * inner
    paths.share_probability(labels, probabilities, pairs, document.newline)
    return Decoded(labels, probabilities, pairs)
