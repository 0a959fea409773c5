"""Texts of other tools laid beside the flat words: some of them change words, and have to be scored all the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence, Set
from difflib import SequenceMatcher

from attrs import frozen

from newsnorm.words import WORD, lower


@frozen
class Alignment:
    """A text laid beside the flat words that it was made of."""

    text: str
    #: Where each word of *text* begins and ends, in code points.
    spans: Sequence[tuple[int, int]]
    #: For each word of *text* the flat word that it is, or ``None``.
    flat: Sequence[int | None]
    #: How many words were changed, dropped or added.
    changed: int


def align(words: Sequence[str], text: str) -> Alignment:
    """
    Lay *text* beside the flat *words*.

    >>> aligned = align("he s gonna leave".split(), "He's gon na leave")
    >>> aligned.flat, aligned.changed
    ([0, 1, None, None, 3], 2)
    """
    spans = [match.span() for match in WORD.finditer(text)]
    written = [lower(text[begin:end]) for begin, end in spans]
    if written == list(words):
        return Alignment(text, spans, list(range(len(words))), 0)
    flat: list[int | None] = [None] * len(written)
    changed = 0
    for kind, i, i_end, j, j_end in SequenceMatcher(None, words, written, autojunk=False).get_opcodes():
        if kind == "equal":
            flat[j:j_end] = range(i, i_end)
        else:
            changed += max(i_end - i, j_end - j)
    return Alignment(text, spans, flat, changed)


def mend(words: Sequence[str], text: str) -> str:
    """
    Give *text* its own words back: those that were changed or dropped stand in it flat, those that were added are gone.

    Marks and capitals stay wherever the words on both sides of them are those that were given, so that a tool is scored
    on all that it restored, and a changed word costs it no more than that word.

    >>> mend("he s gonna leave four u s men".split(), "He's gon na leave 4us men.")
    "He's gonna leave four u s men."
    """
    aligned = align(words, text)
    if not aligned.changed:
        return text
    place = {i: j for j, i in enumerate(aligned.flat) if i is not None}
    pieces: list[str] = []
    for i, word in enumerate(words):
        here, before = place.get(i), place.get(i - 1)
        if i == 0:
            separator = text[: aligned.spans[0][0]] if here == 0 else ""
        elif here is not None and before == here - 1:
            separator = text[aligned.spans[before][1] : aligned.spans[here][0]]
        else:
            separator = " "
        pieces += [separator, word if here is None else text[slice(*aligned.spans[here])]]
    if words and place.get(len(words) - 1) == len(aligned.spans) - 1:
        pieces.append(text[aligned.spans[-1][1] :])
    return "".join(pieces)


def locate(aligned: Alignment, begin: int, end: int) -> tuple[int, int] | None:
    """
    Find the flat words, first and last, that a stretch of the text covers; ``None`` if it covers none.

    A word counts as covered by a single letter. A stretch that begins or ends on a changed word has no place among the
    flat words: that end is ``-1``, which agrees with nothing in the original.

    >>> locate(align("he left new york".split(), "He left New York."), 8, 16)
    (2, 3)
    """
    inside = [j for j, (first, last) in enumerate(aligned.spans) if first < end and last > begin]
    if not inside:
        return None
    ends = [aligned.flat[j] for j in (inside[0], inside[-1])]
    return tuple(-1 if i is None else i for i in ends)  # type: ignore[return-value]  # two in, two out


@frozen
class Agreement:
    """How what was found agrees with what should have been, in percent."""

    precision: float
    recall: float
    f1: float
    count: int


def compare(gold: Iterable[Set[Hashable]], found: Iterable[Set[Hashable]]) -> Agreement:
    """
    Compare what was found in each document with what should have been, over all documents.

    >>> compare([{1, 2}, {3}], [{1}, {4}])
    Agreement(precision=50.0, recall=33.33, f1=40.0, count=3)
    """
    right = expected = given = 0
    for one, other in zip(gold, found, strict=True):
        right, expected, given = right + len(one & other), expected + len(one), given + len(other)
    precision, recall = right / max(given, 1), right / max(expected, 1)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return Agreement(round(100 * precision, 2), round(100 * recall, 2), round(100 * f1, 2), expected)
