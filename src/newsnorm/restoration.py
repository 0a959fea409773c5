"""The values that newsnorm returns: frozen, and checked when they are made.

A `Restoration` maps offsets in both directions. Edits never overlap and follow the order of the text. Between two edits
both texts are the same, and only the distance between them has changed::

    source    he said we won t go
    restored  he said, "We won't go
                     |  |
                     |  and from here on, two places
                     from here on, everything stands one place further on
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cached_property
from typing import get_args

from attrs import field, frozen

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
        before: What stands there; empty for a mark that is put in.
        after: What will stand there instead.
        kind: What the edit restores, one of `KINDS` or ``"paragraphs"``.
        probability: How sure the model is, from 0 to 1.

    Raises:
        ValueError: An edit that changes nothing, stands before the text or has no probability.
    """

    offset: int = field()
    before: str
    after: str = field()
    kind: Kind = field()
    probability: float = field()

    @offset.validator
    def _offset_in_text(self, _: object, value: int) -> None:
        if value < 0:
            raise ValueError(f"offset must be 0 or more, not {value}")

    @after.validator
    def _changes(self, _: object, value: str) -> None:
        if value == self.before:
            raise ValueError(f"an edit must change something: before and after are both {value!r}")

    @kind.validator
    def _is_kind(self, _: object, value: str) -> None:
        if value not in get_args(Kind):
            raise ValueError(f"kind must be one of {', '.join(get_args(Kind))}, not {value!r}")

    @probability.validator
    def _is_probability(self, _: object, value: float) -> None:
        if not 0 <= value <= 1:
            raise ValueError(f"probability must be from 0 to 1, not {value!r}")


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
        text: What stands there.
        probability: How likely it is right as a whole, from 0 to 1: that both ends are, and that it is one quotation.
    """

    start: int
    end: int
    text: str
    probability: float


@frozen
class Restoration:
    """
    A restored text and how it came about.

        >>> from newsnorm import explain
        >>> found = explain("the u n said the rebels haven t left yemen")
        >>> print(found.text)
        The U.N. said the rebels haven't left Yemen.
        >>> found.text[slice(*found.to_restored(4, 7))], found.source[slice(*found.to_source(38, 43))]
        ('U.N', 'yemen')

    In a notebook it shows itself, as ``newsnorm explain --html`` does.

    Attributes:
        source: The text that was given.
        text: The restored text; ``apply(source, edits)`` gives it again.
        edits: What was changed, in the order of the text.
        quotations: Where somebody speaks, in the order of the text.
    """

    source: str
    text: str
    edits: tuple[Edit, ...]
    quotations: tuple[Quotation, ...]

    def _repr_html_(self) -> str:
        """Show itself in a notebook."""
        from newsnorm.view.html import fragment

        return fragment(self)

    @cached_property
    def _alignment(self) -> Alignment:
        return Alignment(self.edits)

    def to_restored(self, start: int, end: int) -> tuple[int, int]:
        """
        Find where a span of the source text stands in the restored text.

            >>> from newsnorm import explain
            >>> found = explain("iraq s talks failed we won t go he said")
            >>> start, end = found.to_restored(20, 30)
            >>> found.source[20:30], found.text[start:end]
            ('we won t g', "We won't g")

        Marks that are put in beside the span do not belong to it. A span that ends in the midst of an edit which
        changes more than the case of letters, such as the space of ``at t`` that becomes ``" & "``, takes in the
        whole of it.

        Args:
            start: Where the span starts in the source text, in code points.
            end: Where it ends, half-open.

        Returns:
            Start and end in the restored text.

        Raises:
            TypeError: *start* or *end* is not an integer.
            ValueError: The span is not one of the source text.

        Cost: O(log n) in the edits; the first call goes through all of them.

        .. versionadded:: 0.1
        """
        span = check_span(start, end, len(self.source), "source text", "a span of the restored text goes to to_source")
        return self._alignment.to_restored(*span)

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """
        Find where a span of the restored text came from in the source text.

            >>> from newsnorm import explain
            >>> found = explain("i don t know he said")
            >>> said = found.quotations[0]
            >>> start, end = found.to_source(said.start, said.end)
            >>> said.text, found.source[start:end]
            ("I don't know,", 'i don t know')

        Marks that were put in came from nowhere: at the ends of the span they add nothing to it, and a span of nothing
        else is empty, at the place where they were put in.

        Args:
            start: Where the span starts in the restored text, in code points.
            end: Where it ends, half-open.

        Returns:
            Start and end in the source text.

        Raises:
            TypeError: *start* or *end* is not an integer.
            ValueError: The span is not one of the restored text.

        Cost: O(log n) in the edits; the first call goes through all of them.

        .. versionadded:: 0.1
        """
        span = check_span(start, end, len(self.text), "restored text", "a span of the source text goes to to_restored")
        return self._alignment.to_source(*span)


# --- offsets ----------------------------------------------------------------------------------------------------------


class Alignment:
    """The edits as pairs of spans: where each stands in the source text and in the restored one."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        self.source = _Side()
        self.restored = _Side()
        moved = 0
        for edit in edits:
            self.source.add(edit.offset, edit.before)
            self.restored.add(edit.offset + moved, edit.after)
            moved += len(edit.after) - len(edit.before)

    def to_restored(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the source text."""
        return _map(start, end, self.source, self.restored)

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the restored text."""
        return _map(start, end, self.restored, self.source)


class _Side:
    """The spans of the edits in one of the two texts, both lists in order."""

    def __init__(self) -> None:
        self.begins: list[int] = []
        self.ends: list[int] = []

    def add(self, begin: int, text: str) -> None:
        self.begins.append(begin)
        self.ends.append(begin + len(text))


def _map(start: int, end: int, here: _Side, there: _Side) -> tuple[int, int]:
    # What is put in at the start is over there, what is put in at the end has not begun there: the marks beside a word
    # do not belong to it.
    over = bisect_right(here.ends, start)
    begun = bisect_left(here.begins, end)
    if over < len(here.begins) and here.begins[over] < start:
        first = _within(start, over, here, there, there.begins)
    else:
        first = _after(start, over, here, there)
    last = _after(end, begun, here, there)
    if begun and end < here.ends[begun - 1]:
        last = _within(end, begun - 1, here, there, there.ends)
    # A place between two characters, where something is put in, is the one before what is put in.
    return min(first, last), last


def _within(place: int, k: int, here: _Side, there: _Side, otherwise: list[int]) -> int:
    """Map a place in the midst of edit *k*: letter by letter where only their case changes, or to one of its ends."""
    if here.ends[k] - here.begins[k] == there.ends[k] - there.begins[k]:
        return there.begins[k] + place - here.begins[k]
    return otherwise[k]


def _after(place: int, count: int, here: _Side, there: _Side) -> int:
    """Map a place behind the first *count* edits."""
    return place + (there.ends[count - 1] - here.ends[count - 1] if count else 0)
