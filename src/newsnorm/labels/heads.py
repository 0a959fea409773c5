"""The heads of the model and their classes, and the case of a word."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from newsnorm.words import lower, title, upper

Labels = NDArray[np.int8]

#: The heads of the model, each with its classes; the first class always means "nothing here". ``join``, ``apostrophe``
#: (trailing), ``mark``, ``close`` and ``paragraph`` describe the gap after a word, ``open`` the gap before it. The form
#: of a bracket or sign shows on which side of the word it is.
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
#: The classes with a double mark.
DOUBLE_MARKS = (DOUBLE, NESTED)
BRACKETS, SIGNS = _NUMBER["bracket"], _NUMBER["sign"]
LOWER, TITLE, UPPER, MIXED = range(4)
TRAILING, LEADING = 1, 2

#: Marks after which a sentence always starts, and marks after which one may start.
SENTENCE_STARTS_AFTER = frozenset(MARKS[m] for m in ".?!")
SENTENCE_MAY_START_AFTER = frozenset(MARKS[m] for m in (":", "—", "...", ";"))
#: Classes that contain the period of an abbreviation, and the mark that is left without it.
ABBREVIATED = {MARKS["abbreviation"]: "", MARKS[".,"]: ","}
#: Brackets that open before the word, and brackets that close after it.
OPENING_BRACKETS = frozenset(i for form, i in BRACKETS.items() if form[:1] in ("(", "["))
CLOSING_BRACKETS = frozenset(i for form, i in BRACKETS.items() if form[-1:] in (")", "]"))
#: Words whose first letters an apostrophe may replace: ``'em``, ``'til``. It may also replace digits: ``the '80s``.
_CLIPPED = frozenset("em til tis twas cause bout n round nother".split())


@frozen
class Labelled:
    """Flat words and their labels."""

    words: list[str]
    #: int8, shape ``(n_words, len(HEADS))``.
    labels: Labels
    #: bool, shape ``(n_words,)``: labels can express the gap after the word.
    known: NDArray[np.bool_]
    #: The form of each word in mixed case, by its index: ``{7: "McConnell"}``.
    forms: dict[int, str]


def is_clipped(word: str) -> bool:
    """Return whether an apostrophe before *word* replaces letters or digits: ``'em``, ``'80s``.

    >>> is_clipped("em"), is_clipped("80s"), is_clipped("we")
    (True, True, False)
    """
    return word in _CLIPPED or word[0].isdigit()


def classify_case(word: str) -> int:
    """Return the case of *word*: `LOWER`, `TITLE`, `UPPER` or `MIXED`.

    A single capital is upper (``U.S.``). A word without capitals is lower, in any script.
    """
    lowered = lower(word)
    if word == lowered:
        return LOWER
    if word == upper(lowered):
        return UPPER
    return TITLE if word == title(lowered) else MIXED


def write_in_case(word: str, case: int, form: str | None = None) -> str:
    """Return the flat *word* in *case*; *form* is its form in mixed case.

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
