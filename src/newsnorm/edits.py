"""Applying edits to the text they were made for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from newsnorm.errors import check_text
from newsnorm.kinds import Kind

if TYPE_CHECKING:
    from newsnorm.restoration import Edit

#: Offset, before, after, kind, probability. Most callers only need the text, so no `Edit` is made for them.
RawEdit = tuple[int, str, str, Kind, float]


def write_edits(text: str, edits: Iterable[RawEdit]) -> str:
    """Apply *edits*, which are in the order of *text*."""
    parts, last = [], 0
    for offset, before, after, *_ in edits:
        parts += [text[last:offset], after]
        last = offset + len(before)
    parts.append(text[last:])
    return "".join(parts)


def apply(text: str, edits: Iterable[Edit], /) -> str:
    """
    Apply *edits* to the *text* they were made for.

        >>> from newsnorm import Edit, explain
        >>> apply("the town s recapture", [Edit(8, " ", "'", "contractions", 0.99)])
        "the town's recapture"
        >>> found = explain("the army has announced the town s recapture in april")
        >>> apply(found.source, [edit for edit in found.edits if edit.kind != "case"])
        "the army has announced the town's recapture in april."

    Args:
        text: The source text of the edits.
        edits: Edits in the order of the text, as `explain` lists them, or some of them.

    Returns:
        The edited text.

    Raises:
        TypeError: *text* is not a ``str``.
        ValueError: An edit does not fit the text, or starts before the end of the one before it.

    Cost: O(n) in the length of the text.

    .. versionadded:: 0.1
    """
    check_text(text)
    raw: list[RawEdit] = []
    last = 0
    for edit in edits:
        if edit.offset < last:
            raise ValueError(f"edits must follow the order of the text: {edit} starts before offset {last}")
        if edit.offset > len(text) or not text.startswith(edit.before, edit.offset):
            found = text[edit.offset : edit.offset + max(1, len(edit.before))]
            raise ValueError(
                f"{edit} does not fit the text, which has {found!r} there: apply edits to the text they were made for"
            )
        last = edit.offset + len(edit.before)
        raw.append((edit.offset, edit.before, edit.after, edit.kind, edit.probability))
    return write_edits(text, raw)
