"""What pairs: brackets and quotation marks, by dynamic programmes over what is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsnorm.decoding import paths
from newsnorm.decoding.labelling import Labelling
from newsnorm.decoding.paths import BRACKET_MOVES, IRREGULAR, Step
from newsnorm.labels import HEAD_SIZES, HEADS, heads

#: A gap where quotation marks are less likely than this is not looked at: 7 of 8 gaps; for brackets, 49 of 50 words.
#: A fifth of it looks at a third of the gaps and changes 4 words in 200,000.
NEGLIGIBLE = 2e-2
#: A line break opens a new paragraph, where a quotation is opened again, if the model thinks it this likely.
PARAGRAPH_AT_LINE_BREAK = 0.1
#: What each word within quotation marks costs, in nats. The model sees the ends of a quotation, not its length, and
#: where it misses one of them the next one that fits may be paragraphs away.
RUNNING_ON = 0.01
#: The same within brackets, which hold fewer: half of them two words, one in a hundred forty.
BRACKET_RUNNING_ON = 0.05
#: Nothing is more likely, or less, than this leaves room for: of certainty there are no odds.
_LEAST_DOUBT = 1e-7


def pair_brackets(labelling: Labelling) -> None:
    """Pair the brackets."""
    names = HEADS["bracket"]
    allowed = labelling.allow(
        heads.BRACKET,
        [c for c, form in enumerate(names) if form[:1] in ("(", "[")],
        [c for c, form in enumerate(names) if form[-1:] in (")", "]")],
    )
    shown = labelling.shown[:, heads.BRACKET]
    for half, whole in (("(", "()"), (")", "()"), ("[", "[]"), ("]", "[]")):
        gap = labelling.open_gap[1:] if half in "([" else labelling.open_gap[:-1]
        allowed[:, heads.BRACKETS[whole]] |= (shown == heads.BRACKETS[half]) & gap
    for i, (c,) in paths.best_path(
        _bracket_steps(labelling, allowed), 3, begin=labelling.before.bracket, free_end=not labelling.ends
    ):
        labelling.labels[i, heads.BRACKET] = c


def _bracket_steps(labelling: Labelling, allowed: NDArray[np.bool_]) -> Iterator[tuple[int, Step]]:
    """List what may happen to the brackets at each word where they are likely or shown, with its score."""
    shown, scores = labelling.shown[:, heads.BRACKET], labelling.head(heads.BRACKET)
    # Copy has "Paul Ryan (R-Wis.) said" or "Paul Ryan, R-Wis., said", never both: where a bracket opens, no comma can.
    marks, opening, last = labelling.head(heads.MARK), list(heads.OPENING_BRACKETS), 0
    others = np.delete(marks[:-1], heads.MARKS[","], axis=1).max(axis=1)
    scores[1:, opening] += np.minimum(0, others - marks[:-1, heads.MARKS[","]])[:, np.newaxis]
    for i in map(int, np.flatnonzero((shown != 0) | labelling.likely(heads.BRACKET, NEGLIGIBLE))):
        moves = [m for m in BRACKET_MOVES if allowed[i, m[1]]]
        step: Step = []
        # A word in brackets within others costs twice what one bracket too many does: "a b) c)", once written as
        # "a (b) c)", must not become "(a (b) c)".
        irregular = IRREGULAR * len(HEADS["bracket"][shown[i]])
        for inside in range(3):
            length = BRACKET_RUNNING_ON * (i - last) if inside else 0.0
            legal: Step = [
                ((inside, (c,)), to, float(scores[i, c]) - length) for source, c, to in moves if source == inside
            ]
            step += legal or [((inside, (int(shown[i]),)), inside, irregular - length)]
        yield i, step
        last = i


def pair_quotes(labelling: Labelling) -> list[tuple[int, int, float]]:
    """Pair the quotation marks; return the double pairs."""
    breaks = labelling.document.blank_line.copy()
    breaks[1:] |= labelling.document.newline[1:] & labelling.likely(heads.PARAGRAPH, PARAGRAPH_AT_LINE_BREAK)
    if labelling.paragraphs:
        breaks[1:] |= labelling.labels[:, heads.PARAGRAPH] == 1
    # Where marks may be put depends on the scores alone: an apostrophe that was restored first must not bring a gap
    # back into play.
    quotable = breaks.copy()
    quotable[1:] |= labelling.likely(heads.CLOSE, NEGLIGIBLE)
    quotable[:-1] |= labelling.likely(heads.OPEN, NEGLIGIBLE)
    # Once written, an apostrophe may be taken for the end of a single quotation, so that it may be one before, too.
    apostrophes = labelling.head(heads.APOSTROPHE)
    quotable[1:] |= apostrophes[:, heads.TRAILING] > apostrophes[:, 0]
    if labelling.before.quote and labelling.ends:
        # What was opened a document ago has to close in this one, likely or not.
        quotable[:] = True
    wanted = quotable | labelling.document.newline
    wanted[1:] |= (labelling.shown[:, heads.CLOSE] > 0) | (labelling.shown[:, heads.APOSTROPHE] == heads.TRAILING)
    wanted[:-1] |= labelling.shown[:, heads.OPEN] > 0
    steps = _quote_steps(labelling, np.flatnonzero(wanted), breaks, quotable & labelling.open_gap)
    return _write_quotes(
        labelling, paths.best_path(steps, 3, begin=labelling.before.quote, free_end=not labelling.ends)
    )


def _quote_steps(
    labelling: Labelling, gaps: NDArray[np.intp], breaks: NDArray[np.bool_], quotable: NDArray[np.bool_]
) -> Iterator[tuple[int, Step]]:
    """List what may happen to the quotations in each of *gaps*, with its score; *quotable* ones may gain a mark."""
    nothing = np.zeros((1, HEAD_SIZES["close"]), np.float32)
    close = np.vstack([nothing, labelling.head(heads.CLOSE)])[gaps]
    open_ = np.vstack([labelling.head(heads.OPEN), nothing])[gaps]
    # A new paragraph of a long quotation opens again on the wire. Where the break is not shown, a quotation that
    # runs on may be one in which the model sees that second opening.
    hidden = (
        open_[:, 1] + np.pad(labelling.head(heads.PARAGRAPH)[:-1, 1].astype(float), 1, constant_values=-np.inf)[gaps]
    )
    runs_on = close[:, 0] + np.logaddexp(open_[:, 0], hidden)
    lines, last = breaks | labelling.document.newline, 0
    for g, closes, opens, on in _rows(gaps, close, open_, runs_on):
        shown = (
            int(labelling.shown[g - 1, heads.CLOSE]) if g else 0,
            int(labelling.shown[g, heads.OPEN]) if g < labelling.n else 0,
        )
        starts = bool(lines[g]) and g < labelling.n, bool(breaks[g]) and g < labelling.n
        step: Step = []
        for move, target, penalty in paths.legal_quotes(
            *_allowed_quotes(labelling, g, bool(quotable[g])), *starts, shown
        ):
            source, (c, o) = move
            score = on if source == 1 and not c and not o else closes[c] + opens[o]
            length = RUNNING_ON * (g - last) if source else 0.0
            step.append((move, target, score + penalty - length))
        yield g, step
        last = g


def _rows(*arrays: NDArray[Any]) -> Iterator[tuple[Any, ...]]:
    """Go through *arrays* side by side, as Python's own numbers, of which a long text has too many to hold at once."""
    for begin in range(0, len(arrays[0]), 4096):
        yield from zip(*(array[begin : begin + 4096].tolist() for array in arrays), strict=True)


def _allowed_quotes(labelling: Labelling, g: int, room: bool) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """List the closing classes, by what is open, and the opening classes that the marks in gap *g* allow."""
    closes: tuple[tuple[int, ...], ...]
    if g and (seen := int(labelling.shown[g - 1, heads.CLOSE])) in heads.DOUBLE_MARKS:
        closes = ((), (1,), (3,) if room or seen == 3 else ())
    elif g and (seen == 2 or labelling.shown[g - 1, heads.APOSTROPHE] == heads.TRAILING):
        # The one mark is an apostrophe, or closes a single quotation if one is open.
        closes = ((0,), (0, 1) if room else (0,), (2, 3) if room else (2,))
    else:
        closes = ((0,), (0, 1), (0, 2, 3)) if room and g else ((0,), (0,), (0,))
    if g in labelling.document.stray:
        closes = (*closes[:2], ())
    shown = int(labelling.shown[g, heads.OPEN]) if g < labelling.n else 0
    opens: tuple[int, ...] = (0,)
    if room and g < labelling.n:
        # Before 'em or '80s a single mark is an apostrophe.
        opens = (0, 1) if heads.is_clipped(labelling.document.words[g]) else (0, 1, 2, 3)
    if shown:
        opens = (shown, 3) if room and len(opens) == 4 else (shown,)
    return closes, opens


def _write_quotes(labelling: Labelling, path: Sequence[tuple[int, tuple[int, ...]]]) -> list[tuple[int, int, float]]:
    pairs = []
    # Where a mark of a pair has been written already, the rest of the pair has to follow, and where not, not.
    opened, carried = (0, float(labelling.before.written)) if labelling.before.quote else (-1, None)
    for g, (c, o) in path:
        if c:
            labelling.labels[g - 1, heads.CLOSE] = c
            if c in heads.DOUBLE_MARKS and opened >= 0:
                pairs.append(
                    (opened, g - 1, _pair_probability(labelling, opened, g - 1) if carried is None else carried)
                )
                opened, carried = -1, None
        if o:
            labelling.labels[g, heads.OPEN] = o
            if o in heads.DOUBLE_MARKS and opened < 0:
                opened = g
    if opened >= 0 and not labelling.ends:
        pairs.append((opened, labelling.n - 1, _pair_probability(labelling, opened) if carried is None else carried))
    double = (labelling.shown == heads.OPENS['"']) | (labelling.shown == heads.OPENS["\"'"])
    shown = (set(np.flatnonzero(double[:, head]).tolist()) for head in (heads.OPEN, heads.CLOSE))
    return paths.tie_halves(pairs, *shown)


def _pair_probability(labelling: Labelling, opened: int, closed: int | None = None) -> float:
    """Work out how likely it is that somebody speaks from word *opened* to word *closed*, or to the end of the text.

    That is, that both marks stand there and none between them: the closing mark of one quotation is as sure as any,
    but does not belong to the opening mark of the last one but two.
    """
    end = labelling.n if closed is None else closed
    within, after = np.arange(opened, end), np.arange(opened + 1, min(end + 1, labelling.n))
    # A quotation that opens again, with a new paragraph, is no other one.
    again = np.isin(labelling.labels[after, heads.OPEN], heads.DOUBLE_MARKS)
    opens, closes = _double(labelling, after, heads.OPEN), _double(labelling, within, heads.CLOSE)
    logs = [
        labelling.log(opened, heads.OPEN, labelling.labels[opened, heads.OPEN]),
        np.log(np.where(again, opens, 1 - opens)).sum(),
        np.log1p(-closes).sum(),
    ]
    if closed is not None:
        logs.append(labelling.log(closed, heads.CLOSE, labelling.labels[closed, heads.CLOSE]))
    log = min(float(sum(logs)), -_LEAST_DOUBT)
    slope, shift = labelling.calibration
    odds = slope * (log - np.log(-np.expm1(log))) + shift
    # As exact as all other probabilities, so that those of its marks are the same.
    return float(np.float32(np.exp(-np.logaddexp(0.0, -odds))))


def _double(labelling: Labelling, words: NDArray[np.intp], head: int) -> NDArray[np.float64]:
    """Work out for each of *words* how likely it is to have a double mark, alone or beside a single one."""
    alone, beside = (np.exp(labelling.log(words, head, c).astype(float)) for c in heads.DOUBLE_MARKS)
    likely: NDArray[np.float64] = np.clip(alone + beside, _LEAST_DOUBT, 1 - _LEAST_DOUBT)
    return likely
