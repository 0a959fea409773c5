"""Writing: from labels to formatted text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from newsnorm.labels import heads
from newsnorm.labels.heads import APOSTROPHE, BRACKET, CLOSE, HEADS, MARK, OPEN, PARAGRAPH, SIGN, Labelled, Labels
from newsnorm.words import title

_PAIRED = (("bracket", BRACKET), ("open", OPEN), ("close", CLOSE))
#: A bracket that does not close within this many words, a paragraph, does not decide the order of marks.
_LONGEST_BRACKET = 200


class Nesting:
    """How brackets nest with quotations and sentences. This decides the order of the marks in one gap.

    ``(The vote failed.) He left`` but ``He left (the vote failed).``; ``"He was [sick]," she said`` but
    ``the men (or "rebels"), he said``.
    """

    def __init__(self, labels: Labels) -> None:
        #: Words whose closing bracket closes a whole sentence.
        self.whole: set[int] = set()
        #: Words whose closing bracket was opened within the quotation that also closes there.
        self.within: set[int] = set()
        #: Words whose opening quotation mark comes before their opening bracket.
        self.quote_first: set[int] = set()
        bracket = quote = -1
        whole = single = False
        #: Words where both a bracket and a quotation open, if neither has closed yet.
        undecided: list[int] = []
        for i in map(int, np.flatnonzero(labels[:, [BRACKET, OPEN, CLOSE, PARAGRAPH]].any(axis=1))):
            row = labels[i]
            form, opens, closes = (HEADS[head][row[k]] for head, k in _PAIRED)
            if opens:
                quote = i
                single |= "'" in opens
            if form[:1] in ("(", "["):
                bracket = i
                whole = i == 0 or int(labels[i - 1, MARK]) in heads.SENTENCE_STARTS_AFTER
                if opens:
                    undecided.append(i)
            # A single mark that closes nothing is really an apostrophe: once written, it is read as one.
            closing = closes != "" and (single or closes != "'")
            if form[-1:] in (")", "]"):
                if not closing:
                    self.quote_first.update(k for k in undecided if i - k < _LONGEST_BRACKET)
                if whole and int(row[MARK]) in heads.SENTENCE_STARTS_AFTER:
                    self.whole.add(i)
                if closing and quote >= 0 and (bracket > quote or bracket in self.quote_first):
                    self.within.add(i)
                whole = False
                undecided = []
            if closing:
                undecided = []
            if closes or row[PARAGRAPH]:
                single = False


Slot = tuple[int, str]


def suffix(labels: Labels, i: int, nesting: Nesting) -> list[Slot]:
    """Return the marks attached to the end of word *i*, in order, each with its head."""
    row = labels[i]
    mark = HEADS["mark"][row[MARK]]
    slots = [
        (APOSTROPHE, "'" if row[APOSTROPHE] == heads.TRAILING else ""),
        (SIGN, "%" if row[SIGN] == heads.SIGNS["%"] else ""),
    ]
    if row[MARK] in heads.ABBREVIATED:
        slots.append((MARK, "."))
        mark = heads.ABBREVIATED[int(row[MARK])]
    inner = (MARK, mark if mark in (".", ",", "?", "!", "...") else "")
    outer = (MARK, " —" if mark == "—" else mark if mark in (":", ";") else "")
    quote = (CLOSE, HEADS["close"][row[CLOSE]])
    form = HEADS["bracket"][row[BRACKET]][-1:]
    bracket = (BRACKET, form if form in (")", "]") else "")
    if i in nesting.whole:
        slots += [inner, bracket, quote] if i in nesting.within else [inner, quote, bracket]
    elif i in nesting.within or not bracket[1]:
        slots += [bracket, inner, quote]
    else:
        slots += [quote, bracket, inner]
    return [slot for slot in [*slots, outer] if slot[1]]


def prefix(labels: Labels, i: int, nesting: Nesting) -> list[Slot]:
    """Return the marks attached to the start of word *i*, in order, each with its head."""
    row = labels[i]
    form = HEADS["bracket"][row[BRACKET]][:1]
    bracket = (BRACKET, form if form in ("(", "[") else "")
    quote = (OPEN, HEADS["open"][row[OPEN]])
    slots = [quote, bracket] if i in nesting.quote_first else [bracket, quote]
    slots.append((APOSTROPHE, "'" if row[APOSTROPHE] == heads.LEADING else ""))
    slots.append((SIGN, HEADS["sign"][row[SIGN]] if row[SIGN] != heads.SIGNS["%"] else ""))
    return [slot for slot in slots if slot[1]]


def write_separator(labels: Labels, g: int, nesting: Nesting) -> str:
    """Return the separator in gap *g*, before word *g*."""
    n = len(labels)
    if 0 < g < n and labels[g - 1, heads.JOIN]:
        return HEADS["join"][int(labels[g - 1, heads.JOIN])]
    before = "".join(form for _, form in suffix(labels, g - 1, nesting)) if g else ""
    after = "".join(form for _, form in prefix(labels, g, nesting)) if g < n else ""
    space = (HEADS["paragraph"][labels[g - 1, PARAGRAPH]] or " ") if 0 < g < n else ""
    return before + space + after


def busy_gaps(labels: Labels) -> NDArray[np.intp]:
    """Return the gaps, from 0 to ``n_words``, that contain a mark or a paragraph break."""
    busy = np.zeros(len(labels) + 1, bool)
    busy[1:] = labels[:, [heads.JOIN, APOSTROPHE, MARK, CLOSE, BRACKET, SIGN, PARAGRAPH]].any(axis=1)
    busy[:-1] |= labels[:, [APOSTROPHE, OPEN, BRACKET, SIGN]].any(axis=1)
    return np.flatnonzero(busy)


def write_separators(labels: Labels) -> list[str]:
    """Return the separators that *labels* describe, one more than words."""
    separators = [" "] * (len(labels) + 1)
    separators[0] = separators[-1] = ""
    nesting = Nesting(labels)
    for g in map(int, busy_gaps(labels)):
        separators[g] = write_separator(labels, g, nesting)
    return separators


def write(labelled: Labelled) -> str:
    """Return the text that *labelled* describes.

    >>> from newsnorm.labels import read
    >>> write(read("“It was Yemen’s bread”, she said -- twice ."))
    '"It was Yemen\\'s bread," she said — twice.'
    """
    separators = write_separators(labelled.labels)
    parts = [separators[0]]
    for i, (word, row) in enumerate(zip(labelled.words, labelled.labels, strict=True)):
        form = heads.write_in_case(word, int(row[heads.CASE]), labelled.forms.get(i))
        parts += [title(form) if row[heads.START] and row[heads.CASE] == heads.LOWER else form, separators[i + 1]]
    return "".join(parts)
