"""The values that newsnorm returns: frozen, and checked when they are created.

A `Restoration` maps offsets in both directions. Edits never overlap and follow the order of the text. Between two edits
both texts are the same; only their offsets differ::

    source    he said we won t go
    restored  he said, "We won't go
                     |  |
                     |  from here on, by two
                     from here on, by one
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cached_property
from typing import get_args

from attrs import frozen

from newsnorm.errors import check_span
from newsnorm.kinds import Kind


@frozen
class Edit:
    """
    One change to the source text: at *offset*, *before* becomes *after*.

        >>> Edit(offset=4, before=" ", after="'", kind="contractions", probability=0.998)
        Edit(offset=4, before=' ', after="'", kind='contractions', probability=0.998)

    Attributes:
        offset: Where *before* starts in the source text, in code points.
        before: The text there; empty where a mark is inserted.
        after: The text that replaces it.
        kind: What the edit restores, one of `KINDS` or ``"paragraphs"``.
        probability: How likely the edit is to be right, from 0 to 1.

    Raises:
        ValueError: The edit changes nothing, or its offset, kind or probability is not valid.
    """

    offset: int
    before: str
    after: str
    kind: Kind
    probability: float

    def __attrs_post_init__(self) -> None:
        if self.offset < 0:
            raise ValueError(f"offset must be 0 or more, not {self.offset}")
        if self.after == self.before:
            raise ValueError(f"an edit must change something: before and after are both {self.after!r}")
        if self.kind not in get_args(Kind):
            raise ValueError(f"kind must be one of {', '.join(get_args(Kind))}, not {self.kind!r}")
        if not 0 <= self.probability <= 1:
            raise ValueError(f"probability must be from 0 to 1, not {self.probability!r}")


@frozen
class Quotation:
    """
    A stretch of direct speech in a restored text.

        >>> from newsnorm import explain
        >>> found = explain("i ll believe it when our trucks come back empty said peter lindqvist")
        >>> said = found.quotations[0]
        >>> said.text, said.text == found.text[said.start:said.end], said.probability > 0.5
        ("I'll believe it when our trucks come back empty,", True, True)

    Attributes:
        start: Where it starts in the restored text, in code points, after the opening mark.
        end: Where it ends, half-open, before the closing mark.
        text: The text between the marks.
        probability: How likely it is, from 0 to 1, that both ends are right and that it is one quotation.
    """

    start: int
    end: int
    text: str
    probability: float


@frozen
class Restoration:
    """
    A restored text, with its edits and quotations.

        >>> from newsnorm import explain
        >>> found = explain("the u n said the rebels haven t left yemen")
        >>> print(found.text)
        The U.N. said the rebels haven't left Yemen.
        >>> found.text[slice(*found.to_restored(4, 7))], found.source[slice(*found.to_source(38, 43))]
        ('U.N', 'yemen')

    In a notebook it is displayed as the page of ``newsnorm explain --html``.

    Attributes:
        source: The original text.
        text: The restored text, equal to ``apply(source, edits)``.
        edits: The changes, in the order of the text.
        quotations: Direct speech, in the order of the text.
    """

    source: str
    text: str
    edits: tuple[Edit, ...]
    quotations: tuple[Quotation, ...]

    def _repr_html_(self) -> str:
        """Return the HTML that a notebook displays."""
        from newsnorm.view.html import fragment

        return fragment(self)

    @cached_property
    def _sides(self) -> tuple[_Side, _Side]:
        return _align(self.edits)

    def to_restored(self, start: int, end: int) -> tuple[int, int]:
        """
        Map a span of the source text to the restored text.

            >>> from newsnorm import explain
            >>> found = explain("iraq s talks failed we won t go he said")
            >>> start, end = found.to_restored(20, 30)
            >>> found.source[20:30], found.text[start:end]
            ('we won t g', "We won't g")

        Marks inserted next to the span are not part of it. A span that ends inside an edit includes the whole edit if
        that changes the number of characters, such as the space of ``at t`` that becomes ``" & "``.

        Args:
            start: Where the span starts in the source text, in code points.
            end: Where it ends, half-open.

        Returns:
            Start and end in the restored text.

        Raises:
            TypeError: *start* or *end* is not an integer.
            ValueError: The span is outside the source text, or ends before it starts.

        Cost: O(log n) in the number of edits; the first call is O(n).

        .. versionadded:: 0.1
        """
        span = check_span(start, end, len(self.source), "source text", "a span of the restored text goes to to_source")
        source, restored = self._sides
        return _map(*span, source, restored)

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """
        Map a span of the restored text, half-open and in code points, back to the source text.

            >>> from newsnorm import explain
            >>> found = explain("i don t know he said")
            >>> said = found.quotations[0]
            >>> start, end = found.to_source(said.start, said.end)
            >>> said.text, found.source[start:end]
            ("I don't know,", 'i don t know')

        Inserted marks have no source text. At the ends of the span they add nothing, and a span of nothing but
        inserted marks maps to the empty span where they were inserted.

        Returns:
            Start and end in the source text. Errors and cost are those of `to_restored`.

        .. versionadded:: 0.1
        """
        span = check_span(start, end, len(self.text), "restored text", "a span of the source text goes to to_restored")
        source, restored = self._sides
        return _map(*span, restored, source)


# --- offsets ----------------------------------------------------------------------------------------------------------


class _Side:
    """The spans of the edits in one of the two texts, in order."""

    def __init__(self) -> None:
        self.begins: list[int] = []
        self.ends: list[int] = []

    def add(self, begin: int, text: str) -> None:
        self.begins.append(begin)
        self.ends.append(begin + len(text))


def _align(edits: Iterable[Edit]) -> tuple[_Side, _Side]:
    """Return the spans of *edits* in the source text and in the restored text."""
    source, restored, moved = _Side(), _Side(), 0
    for edit in edits:
        source.add(edit.offset, edit.before)
        restored.add(edit.offset + moved, edit.after)
        moved += len(edit.after) - len(edit.before)
    return source, restored


def _map(start: int, end: int, here: _Side, there: _Side) -> tuple[int, int]:
    """Map a span of the text *here* to the text *there*."""
    # A mark inserted at the start is before the span, a mark inserted at the end is after it: marks next to a word are
    # not part of it.
    over = bisect_right(here.ends, start)
    begun = bisect_left(here.begins, end)
    if over < len(here.begins) and here.begins[over] < start:
        first = _within(start, over, here, there, there.begins)
    else:
        first = _after(start, over, here, there)
    last = _after(end, begun, here, there)
    if begun and end < here.ends[begun - 1]:
        last = _within(end, begun - 1, here, there, there.ends)
    # An empty span maps to the place before what is inserted there.
    return min(first, last), last


def _within(place: int, k: int, here: _Side, there: _Side, otherwise: list[int]) -> int:
    """Map a place inside edit *k*: letter by letter if the length stays the same, else to one of its ends."""
    if here.ends[k] - here.begins[k] == there.ends[k] - there.begins[k]:
        return there.begins[k] + place - here.begins[k]
    return otherwise[k]


def _after(place: int, count: int, here: _Side, there: _Side) -> int:
    """Map a place after the first *count* edits."""
    return place + (there.ends[count - 1] - here.ends[count - 1] if count else 0)
