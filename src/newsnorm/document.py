"""What a text has already: the labels that its own marks and capitals fix.

Input is often half flat. What stands in it is kept, and enters the decoder as constraints: a gap that holds a comma
may still gain a quotation mark beside it, never a second comma; a gap that holds what labels cannot express (an emoji,
a bullet, marks without white space) gains nothing.
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
    """A text cut into words, and what it shows of their labels. Gap *g* lies before word *g*; the last is the end."""

    text: str
    #: Words as they stand in the text, and in lower case.
    tokens: list[str]
    words: list[str]
    #: Offset of each token, and of each token's end, in code points.
    begins: Sequence[int]
    ends: Sequence[int]
    #: int8, shape ``(n_words, n_heads)``: what the separators show; zero where they show nothing.
    shown: Labels
    #: bool, shape ``(n_words + 1,)``: the gap is white space, or the bare start or end of the text.
    bare: NDArray[np.bool_]
    #: bool, shape ``(n_words + 1,)``: the gap may gain marks.
    free: NDArray[np.bool_]
    #: bool, shape ``(n_words,)``: the word is part of an address (``https://…``, ``a?b=c``), and keeps its case.
    address: NDArray[np.bool_]
    #: bool, shape ``(n_words + 1,)``: the gap breaks the line; and it holds an empty line.
    newline: NDArray[np.bool_]
    blank_line: NDArray[np.bool_]
    #: Gaps with a single mark that closes nothing, in a place where it could.
    stray: frozenset[int]

    def separator(self, g: int) -> str:
        """Return what stands in gap *g*."""
        begin, end = self.span(g)
        return self.text[begin:end]

    def span(self, g: int) -> tuple[int, int]:
        """Return where gap *g* stands in the text, half-open, in code points."""
        return self.ends[g - 1] if g else 0, self.begins[g] if g < len(self.begins) else len(self.text)


def parse(text: str) -> Document:
    """Cut *text* into words and read what its separators show.

    >>> from newsnorm.labels import HEADS, heads
    >>> document = parse("the highway remains mined, the army said")
    >>> HEADS["mark"][document.shown[3, heads.MARK]], bool(document.bare[4]), bool(document.free[4])
    (',', False, True)
    """
    tokens, words, begins, ends = [], [], array("q"), array("q")
    # The same word is one object, however often it occurs: a megabyte of news holds 20,000 different ones.
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
    return Document(text, tokens, words, begins, ends, shown, bare, free, address, newline, blank_line, stray)


def _has_room(separator: str, inside: bool) -> bool:
    """Tell whether marks can be put into a separator that holds some: where its white space parts left from right."""
    _, loose, _ = sides(normalise(separator))
    if loose not in ("", "—", "..."):
        return False
    return not inside or any(c.isspace() for c in separator)
