"""Quotation marks: double ones in pairs, single ones within them, opened again at each paragraph.

A quotation is open or it is not, so the marks are chosen together: the most likely path through the states `OUTSIDE`,
`IN_DOUBLE` and `IN_SINGLE`, under what the text itself shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from newsnorm.decoding.confidence import pair_probability, tie_split_quotations
from newsnorm.decoding.labelling import Labelling, Pair
from newsnorm.decoding.search import IRREGULAR, NEGLIGIBLE, OUTSIDE, Step, best_path, rows
from newsnorm.labels import HEAD_SIZES, heads
from newsnorm.labels.heads import DOUBLE, DOUBLE_MARKS, NESTED, NO_QUOTE, SINGLE

#: The states other than `OUTSIDE`: within a double quotation, and within a single one in a double one.
IN_DOUBLE, IN_SINGLE = 1, 2

#: A line break starts a new paragraph, where a quotation opens again, if the model considers it this likely.
PARAGRAPH_AT_LINE_BREAK = 0.1
#: The cost of each quoted word, in nats. The model sees the ends of a quotation, not its length. Where it misses one
#: end, the next one that fits may be paragraphs away.
COST_PER_QUOTED_WORD = 0.01
#: The cost of a single quotation that never closes. It ends with its line, because a closing mark in a later line
#: cannot be distinguished from an apostrophe. A higher cost would close it where the text itself leaves it open.
UNCLOSED_SINGLE_COST = -5.0

#: State, class of ``close``, class of ``open``, next state.
_MOVES = tuple(
    (state, close, opening, target)
    for state, close, targets in (
        (OUTSIDE, NO_QUOTE, {NO_QUOTE: OUTSIDE, DOUBLE: IN_DOUBLE, NESTED: IN_SINGLE}),
        (IN_DOUBLE, NO_QUOTE, {NO_QUOTE: IN_DOUBLE, DOUBLE: IN_DOUBLE, SINGLE: IN_SINGLE, NESTED: IN_SINGLE}),
        (IN_DOUBLE, DOUBLE, {NO_QUOTE: OUTSIDE, DOUBLE: IN_DOUBLE, NESTED: IN_SINGLE}),
        (IN_SINGLE, NO_QUOTE, {NO_QUOTE: IN_SINGLE}),
        (IN_SINGLE, SINGLE, {NO_QUOTE: IN_DOUBLE, SINGLE: IN_SINGLE}),
        (IN_SINGLE, NESTED, {NO_QUOTE: OUTSIDE, DOUBLE: IN_DOUBLE, NESTED: IN_SINGLE}),
    )
    for opening, target in targets.items()
)
#: What may open in the double quotation that is left where a line ends: class of ``open``, next state.
_AFTER_UNCLOSED = ((NO_QUOTE, IN_DOUBLE), (DOUBLE, IN_DOUBLE), (NESTED, IN_SINGLE))

Classes = tuple[int, ...]


def pair_quotes(labelling: Labelling) -> list[Pair]:
    """Choose the quotation marks; return the double pairs."""
    breaks = labelling.document.blank_line.copy()
    breaks[1:] |= labelling.document.newline[1:] & labelling.likely(heads.PARAGRAPH, PARAGRAPH_AT_LINE_BREAK)
    if labelling.paragraphs:
        breaks[1:] |= labelling.labels[:, heads.PARAGRAPH] == 1
    # Where marks may be put depends on the scores alone: an apostrophe that was restored first must not make a gap
    # eligible again.
    quotable = breaks.copy()
    quotable[1:] |= labelling.likely(heads.CLOSE, NEGLIGIBLE)
    quotable[:-1] |= labelling.likely(heads.OPEN, NEGLIGIBLE)
    # Once written, an apostrophe may be read as the end of a single quotation. So it may be one before it is written.
    apostrophes = labelling.head(heads.APOSTROPHE)
    quotable[1:] |= apostrophes[:, heads.TRAILING] > apostrophes[:, 0]
    if labelling.carried.quote and labelling.ends:
        # A quotation opened in an earlier document has to close in this one, likely or not.
        quotable[:] = True
    wanted = quotable | labelling.document.newline
    wanted[1:] |= (labelling.shown[:, heads.CLOSE] > 0) | (labelling.shown[:, heads.APOSTROPHE] == heads.TRAILING)
    wanted[:-1] |= labelling.shown[:, heads.OPEN] > 0
    steps = _steps(labelling, np.flatnonzero(wanted), breaks, quotable & labelling.open_gap)
    return _write(labelling, best_path(steps, 3, begin=labelling.carried.quote, free_end=not labelling.ends))


def _steps(
    labelling: Labelling, gaps: NDArray[np.intp], breaks: NDArray[np.bool_], quotable: NDArray[np.bool_]
) -> Iterator[tuple[int, Step]]:
    """Yield the moves in each of *gaps*; the *quotable* ones may gain a mark."""
    nothing = np.zeros((1, HEAD_SIZES["close"]), np.float32)
    close = np.vstack([nothing, labelling.head(heads.CLOSE)])[gaps]
    open_ = np.vstack([labelling.head(heads.OPEN), nothing])[gaps]
    # News opens a long quotation again at each paragraph. Where the break is not shown, the model may see that second
    # opening mark in a quotation that continues.
    paragraph = labelling.head(heads.PARAGRAPH)[:-1, 1].astype(float)
    hidden = open_[:, DOUBLE] + np.pad(paragraph, 1, constant_values=-np.inf)[gaps]
    continues = close[:, NO_QUOTE] + np.logaddexp(open_[:, NO_QUOTE], hidden)
    lines, last = breaks | labelling.document.newline, 0
    for g, closes, opens, inside in rows(gaps, close, open_, continues):
        shown = (
            int(labelling.shown[g - 1, heads.CLOSE]) if g else NO_QUOTE,
            int(labelling.shown[g, heads.OPEN]) if g < labelling.n else NO_QUOTE,
        )
        starts = bool(lines[g]) and g < labelling.n, bool(breaks[g]) and g < labelling.n
        step: Step = []
        for move, target, penalty in legal_moves(*_allowed(labelling, g, bool(quotable[g])), *starts, shown):
            state, (c, o) = move
            score = inside if state == IN_DOUBLE and not c and not o else closes[c] + opens[o]
            length = COST_PER_QUOTED_WORD * (g - last) if state else 0.0
            step.append((move, target, score + penalty - length))
        yield g, step
        last = g


@lru_cache(maxsize=1024)
def legal_moves(
    closes: tuple[Classes, ...], opens: Classes, line: bool, paragraph: bool, shown: tuple[int, int]
) -> Step:
    """List the moves that the marks in a gap allow, with their penalties.

    Args:
        closes: The allowed classes of ``close``, by state.
        opens: The allowed classes of ``open``.
        line: Whether a line starts there, so that a single quotation does not continue.
        paragraph: Whether a paragraph starts there, so that a quotation that continues opens again.
        shown: The classes of ``close`` and ``open`` in the text. Where they fit no state, the text is unbalanced, and
            they are taken as they are.
    """
    moves: Step = []
    for state in (OUTSIDE, IN_DOUBLE, IN_SINGLE):
        legal: Step = [
            ((state, (c, o)), target, 0.0)
            for source, c, o, target in _MOVES
            if source == state and c in closes[state] and o in opens
            # A quotation that continues opens again at a new paragraph, and nowhere else.
            if not (state == IN_DOUBLE and c == NO_QUOTE and (o in DOUBLE_MARKS) != paragraph)
            if not (state == IN_SINGLE and c == NO_QUOTE and line)
        ]
        if state == IN_SINGLE and line and NO_QUOTE in closes[IN_SINGLE]:
            legal += [
                ((state, (NO_QUOTE, o)), target, UNCLOSED_SINGLE_COST)
                for o, target in _AFTER_UNCLOSED
                if o in opens and (o == NO_QUOTE or paragraph)
            ]
        c, o = shown
        after = IN_DOUBLE if o in DOUBLE_MARKS else OUTSIDE if c in DOUBLE_MARKS else state
        moves += legal or [((state, (c, o)), after, IRREGULAR)]
    return moves


def _allowed(labelling: Labelling, g: int, room: bool) -> tuple[tuple[Classes, ...], Classes]:
    """List the classes of ``close``, by state, and of ``open`` that the marks in gap *g* allow."""
    closes: tuple[Classes, ...]
    seen = int(labelling.shown[g - 1, heads.CLOSE]) if g else NO_QUOTE
    if seen in DOUBLE_MARKS:
        closes = ((), (DOUBLE,), (NESTED,) if room or seen == NESTED else ())
    elif g and (seen == SINGLE or labelling.shown[g - 1, heads.APOSTROPHE] == heads.TRAILING):
        # The single mark is an apostrophe, or it closes a single quotation if one is open.
        closes = ((NO_QUOTE,), (NO_QUOTE, DOUBLE) if room else (NO_QUOTE,), (SINGLE, NESTED) if room else (SINGLE,))
    elif room and g:
        closes = ((NO_QUOTE,), (NO_QUOTE, DOUBLE), (NO_QUOTE, SINGLE, NESTED))
    else:
        closes = ((NO_QUOTE,), (NO_QUOTE,), (NO_QUOTE,))
    if g in labelling.document.stray:
        closes = (*closes[:2], ())
    shown = int(labelling.shown[g, heads.OPEN]) if g < labelling.n else NO_QUOTE
    opens: Classes = (NO_QUOTE,)
    if room and g < labelling.n:
        # Before 'em or '80s a single mark is an apostrophe.
        clipped = heads.is_clipped(labelling.document.words[g])
        opens = (NO_QUOTE, DOUBLE) if clipped else (NO_QUOTE, DOUBLE, SINGLE, NESTED)
    if shown:
        opens = (shown, NESTED) if room and NESTED in opens else (shown,)
    return closes, opens


def _write(labelling: Labelling, path: Sequence[tuple[int, Classes]]) -> list[Pair]:
    """Write the classes of *path* into the labels; return the double pairs."""
    pairs: list[Pair] = []
    # Where one mark of a pair has been written already, the rest of the pair must follow; where it was left out, not.
    opened, carried = (0, float(labelling.carried.written)) if labelling.carried.quote else (-1, None)
    for g, (c, o) in path:
        if c:
            labelling.labels[g - 1, heads.CLOSE] = c
            if c in DOUBLE_MARKS and opened >= 0:
                probability = pair_probability(labelling, opened, g - 1) if carried is None else carried
                pairs.append((opened, g - 1, probability))
                opened, carried = -1, None
        if o:
            labelling.labels[g, heads.OPEN] = o
            if o in DOUBLE_MARKS and opened < 0:
                opened = g
    if opened >= 0 and not labelling.ends:
        pairs.append((opened, labelling.n - 1, pair_probability(labelling, opened) if carried is None else carried))
    double = (labelling.shown == DOUBLE) | (labelling.shown == NESTED)
    shown = (set(np.flatnonzero(double[:, head]).tolist()) for head in (heads.OPEN, heads.CLOSE))
    return tie_split_quotations(pairs, *shown)
