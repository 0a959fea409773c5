"""Offsets both ways: where a span of the source text stands in the restored one, and the other way round.

Edits never overlap and follow the order of the text, so between two of them both texts are the same, and only the
distance between them has changed::

    source    he said we won t go
    restored  he said, "We won't go
                     |  |
                     |  and two more here
                     from here on everything stands one place further on
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsnorm.types import Edit


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
