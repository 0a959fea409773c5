"""Alignment of the output of other tools with the flat words: some tools change words, and are scored all the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence, Set
from difflib import SequenceMatcher

from attrs import frozen

from newsnorm.words import WORD, lower


@frozen
class Alignment:
    """A text, aligned with the flat words that it was made from."""

    text: str
    #: The start and end of each word of *text*, in code points.
    spans: Sequence[tuple[int, int]]
    #: For each word of *text* the index of its flat word, or ``None``.
    flat: Sequence[int | None]
    #: The number of words that were changed, dropped or added.
    changed: int


def align(words: Sequence[str], text: str) -> Alignment:
    """
    Align *text* with the flat *words*.

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


def with_original_words(words: Sequence[str], text: str) -> str:
    """
    Return *text* with the flat *words*: changed and dropped words are put back flat, added words are removed.

    Marks and capitals stay wherever the words on both sides of them are unchanged. So a tool is scored on everything it
    restored, and a changed word costs it no more than that word.

    >>> with_original_words("he s gonna leave four u s men".split(), "He's gon na leave 4us men.")
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
    Return the first and the last flat word that a span of the text covers; ``None`` if it covers no word.

    A word counts as covered if one of its letters is. If the span begins or ends in a changed word, that end is ``-1``,
    which never agrees with the original.

    >>> locate(align("he left new york".split(), "He left New York."), 8, 16)
    (2, 3)
    """
    inside = [j for j, (first, last) in enumerate(aligned.spans) if first < end and last > begin]
    if not inside:
        return None
    ends = [aligned.flat[j] for j in (inside[0], inside[-1])]
    return tuple(-1 if i is None else i for i in ends)  # type: ignore[return-value]  # two in, two out


def number_by_document(found: Iterable[Set[Hashable]]) -> set[object]:
    """
    Combine the findings of many documents into one set, each with the number of its document.

    >>> sorted(number_by_document([{"a", "b"}, {"a"}]))
    [(0, 'a'), (0, 'b'), (1, 'a')]
    """
    return {(i, one) for i, document in enumerate(found) for one in document}
