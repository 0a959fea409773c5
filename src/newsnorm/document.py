"""A text split into words, and the labels that its marks show.

Input is often partially formatted. Existing marks are kept and constrain the decoder: a gap with a comma may still gain
a quotation mark, but never a second comma. A gap with something that labels cannot express (an emoji, a bullet, marks
without white space) gains nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from newsnorm.labels import Labels
from newsnorm.labels.reading import read_separators
from newsnorm.labels.separators import normalise, sides
from newsnorm.words import WORD, line_breaks, lower


@frozen
class Document:
    """A text split into words, and the labels it shows. Gap *g* is before word *g*; the last gap is the end."""

    text: str
    #: The words as in the text, and in lower case.
    tokens: list[str]
    words: list[str]
    #: The offsets of the start and the end of each token, in code points.
    begins: Sequence[int]
    ends: Sequence[int]
    #: int8, shape ``(n_words, n_heads)``: the labels that the separators show, zero elsewhere.
    shown: Labels
    #: bool, shape ``(n_words + 1,)``: the gap has no marks, only white space or nothing.
    bare: NDArray[np.bool_]
    #: bool, shape ``(n_words + 1,)``: the gap may gain marks.
    free: NDArray[np.bool_]
    #: bool, shape ``(n_words,)``: the word is part of an address (``https://…``, ``a?b=c``) and keeps its case.
    address: NDArray[np.bool_]
    #: bool, shape ``(n_words + 1,)``: the gap breaks the line, or contains an empty line.
    newline: NDArray[np.bool_]
    blank_line: NDArray[np.bool_]
    #: Gaps with a single mark that closes nothing, in a place where it could.
    stray: frozenset[int]

    def separator(self, g: int) -> str:
        """Return the text of gap *g*."""
        begin, end = self.span(g)
        return self.text[begin:end]

    def span(self, g: int) -> tuple[int, int]:
        """Return the start and the end of gap *g*, in code points."""
        return self.ends[g - 1] if g else 0, self.begins[g] if g < len(self.begins) else len(self.text)


def parse(text: str) -> Document:
    """Split *text* into words and read the labels that its separators show.

    >>> from newsnorm.labels import HEADS, heads
    >>> document = parse("the highway remains mined, the army said")
    >>> HEADS["mark"][document.shown[3, heads.MARK]], bool(document.bare[4]), bool(document.free[4])
    (',', False, True)
    """
    tokens, words, begins, ends = [], [], array("q"), array("q")
    # All occurrences of a word share one object: a megabyte of news has only 20,000 different words.
    lowered: dict[str, tuple[str, str]] = {}
    for match in WORD.finditer(text):
        token = match.group()
        token, word = lowered.get(token) or lowered.setdefault(token, (token, lower(token)))
        tokens.append(token)
        words.append(word)
        begins.append(match.start())
        ends.append(match.end())
    separators = [text[begin:end] for begin, end in zip([0, *ends], [*begins, len(text)], strict=True)]
    shown, known, stray = read_separators(words, tokens, separators)
    n = len(tokens)
    bare, free = np.ones(n + 1, bool), known.copy()
    newline, blank_line, address = np.zeros(n + 1, bool), np.zeros(n + 1, bool), np.zeros(n, bool)
    for g, separator in enumerate(separators):
        if separator == " ":
            continue
        breaks = line_breaks(separator)
        newline[g], blank_line[g] = breaks > 0, breaks > 1
        bare[g] = not separator or separator.isspace()
        if not bare[g]:
            free[g] = known[g] and _has_room(separator, 0 < g < n)
            if 0 < g < n and not known[g] and not any(map(str.isspace, separator)):
                address[g - 1 : g + 1] = True
    return Document(
        text=text,
        tokens=tokens,
        words=words,
        begins=begins,
        ends=ends,
        shown=shown,
        bare=bare,
        free=free,
        address=address,
        newline=newline,
        blank_line=blank_line,
        stray=stray,
    )


def _has_room(separator: str, inside: bool) -> bool:
    """Return whether a separator with marks has room for more: white space that separates left from right."""
    _, loose, _ = sides(normalise(separator))
    if loose not in ("", "—", "..."):
        return False
    return not inside or any(c.isspace() for c in separator)
