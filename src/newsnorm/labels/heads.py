"""The inventory: the heads, their classes, and the case of a word."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from newsnorm.words import lower, title, upper

Labels = NDArray[np.int8]

#: The heads of the model, each with its classes. The first class is always "nothing here". ``join``, ``apostrophe``
#: (trailing), ``mark``, ``close`` and ``paragraph`` describe the gap after a word, ``open`` the gap before it;
#: brackets and signs stand on the side of the word that their form says.
HEADS: Mapping[str, tuple[str, ...]] = {
    "join": ("", "'", "-", ".", ",", ":", "/", "&", "@", " & "),
    "apostrophe": ("", "trailing", "leading"),
    "mark": ("", ".", "abbreviation", ",", "?", "!", ":", ";", "—", "...", ".,"),
    "close": ("", '"', "'", "'\""),
    "open": ("", '"', "'", "\"'"),
    "bracket": ("", "(", ")", "()", "[", "]", "[]"),
    "sign": ("", "$", "£", "€", "%", "#", "@"),
    "paragraph": ("", "\n"),
    "start": ("", "start"),
    "case": ("lower", "title", "upper", "mixed"),
}
HEAD_SIZES: Mapping[str, int] = {head: len(classes) for head, classes in HEADS.items()}
JOIN, APOSTROPHE, MARK, CLOSE, OPEN, BRACKET, SIGN, PARAGRAPH, START, CASE = range(len(HEADS))

_NUMBER = {name: {form: i for i, form in enumerate(classes)} for name, classes in HEADS.items()}
JOINS, MARKS, CLOSES, OPENS = (_NUMBER[name] for name in ("join", "mark", "close", "open"))
#: The classes of ``close`` and ``open``: no mark, a double one, a single one, both.
NO_QUOTE, DOUBLE, SINGLE, NESTED = range(4)
#: Those that hold a double mark.
DOUBLE_MARKS = (DOUBLE, NESTED)
BRACKETS, SIGNS = _NUMBER["bracket"], _NUMBER["sign"]
LOWER, TITLE, UPPER, MIXED = range(4)
TRAILING, LEADING = 1, 2

#: Marks after which a sentence starts whatever the next word is.
SENTENCE_STARTS_AFTER = frozenset(MARKS[m] for m in ".?!")
#: The mark a class stands for, after the period of an abbreviation was split off it.
ABBREVIATED = {MARKS["abbreviation"]: "", MARKS[".,"]: ","}
#: Marks after which one may.
SENTENCE_MAY_START_AFTER = frozenset(MARKS[m] for m in (":", "—", "...", ";"))
#: Brackets that open before the word, and that close after it.
OPENING_BRACKETS = frozenset(i for form, i in BRACKETS.items() if form[:1] in ("(", "["))
CLOSING_BRACKETS = frozenset(i for form, i in BRACKETS.items() if form[-1:] in (")", "]"))
#: Words that lose their first letters to an apostrophe: ``'em``, ``'til``; digits do so too: ``the '80s``.
_CLIPPED = frozenset("em til tis twas cause bout n round nother".split())


@frozen
class Labelled:
    """Flat words and what was read about them."""

    words: list[str]
    #: int8, shape ``(n_words, len(HEADS))``.
    labels: Labels
    #: bool, shape ``(n_words,)``: the gap after the word is one that labels can express.
    known: NDArray[np.bool_]
    #: Words whose case is mixed, by their number: ``{7: "McConnell"}``.
    forms: dict[int, str]


def is_clipped(word: str) -> bool:
    """Tell whether an apostrophe before *word* stands for letters left out: ``'em``, ``'80s``.

    >>> is_clipped("em"), is_clipped("80s"), is_clipped("we")
    (True, True, False)
    """
    return word in _CLIPPED or word[0].isdigit()


def classify_case(word: str) -> int:
    """Number the case of *word*: lower, title, upper or mixed.

    A single capital counts as upper (``U.S.``), and a word without capitals as lower, whatever its script.
    """
    lowered = lower(word)
    if word == lowered:
        return LOWER
    if word == upper(lowered):
        return UPPER
    return TITLE if word == title(lowered) else MIXED


def write_in_case(word: str, case: int, form: str | None = None) -> str:
    """Write the flat *word* in *case*; *form* is how it is written where the case is mixed.

    >>> write_in_case("iraq", TITLE), write_in_case("mcconnell", MIXED, "McConnell"), write_in_case("mcconnell", MIXED)
    ('Iraq', 'McConnell', 'Mcconnell')
    """
    if case == LOWER:
        return word
    if case == UPPER:
        return upper(word)
    if case == MIXED and form is not None:
        return form
    return title(word)
