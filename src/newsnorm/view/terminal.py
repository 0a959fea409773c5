"""An explained text as a report for the terminal, and the parts that it shares with the page."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import regex
from attrs import asdict

from newsnorm.kinds import Kind

if TYPE_CHECKING:
    from newsnorm.restoration import Edit, Restoration

#: Edits with lower probabilities are shown as unsure and as doubtful.
SURE, LIKELY = 0.9, 0.5

#: Characters that control a terminal or change the direction of writing, and lone surrogates, which Python writes as
#: the bytes that it read. Line ends and tabs are harmless.
_CONTROLS = regex.compile(r"\r\n|[\n\t]|([\p{Cc}\p{Cs}\p{Bidi_Control}])")


def escape_controls(text: str) -> str:
    """Replace control characters, which a terminal would obey, by their escapes. The text may be hostile."""
    return _CONTROLS.sub(lambda found: repr(found[1])[1:-1] if found[1] else found[0], text)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 edit``, ``2 edits``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


class Segment(NamedTuple):
    """A part of a restored text: an edit or the text between two, inside quotations or outside."""

    text: str
    edit: Edit | None
    spoken: bool


def segments(restoration: Restoration) -> Iterator[Segment]:
    """
    Cut a restored text at its edits and quotations.

        >>> from newsnorm import explain
        >>> for text, edit, spoken in segments(explain("i don t know he said")):
        ...     print(f"{'spoken' if spoken else 'told':8}{edit.kind if edit else '-':14}{text!r}")
        told    quotes        '"'
        spoken  case          'I'
        spoken  -             ' don'
        spoken  contractions  "'"
        spoken  -             't know'
        spoken  punctuation   ','
        told    quotes        '"'
        told    -             ' he said'
        told    punctuation   '.'
    """
    text = restoration.text
    # The offsets where speech begins and ends, alternately. Nested quotations are merged.
    turns: list[int] = []
    for said in sorted(restoration.quotations, key=lambda said: said.start):
        if turns and said.start <= turns[-1]:
            turns[-1] = max(turns[-1], said.end)
        else:
            turns += [said.start, said.end]

    def is_spoken(place: int) -> bool:
        return bisect_right(turns, place) % 2 == 1

    def between(begin: int, end: int) -> Iterator[Segment]:
        cuts = [begin, *(turn for turn in turns[bisect_right(turns, begin) :] if turn < end), end]
        return (Segment(text[a:b], None, is_spoken(a)) for a, b in pairwise(cuts) if a < b)

    place = last = 0
    for edit in restoration.edits:
        begin = place + edit.offset - last
        yield from between(place, begin)
        yield Segment(edit.after, edit, is_spoken(begin))
        place, last = begin + len(edit.after), edit.offset + len(edit.before)
    yield from between(place, len(text))


#: Characters shown on each side of an edit.
_CONTEXT = 24


def around(text: str, begin: int, end: int) -> tuple[str, str]:
    """
    Return the words before and after a span of a text.

        >>> around("the rebels left yemen and haven't been seen there since the spring", 31, 32)
        ('…left yemen and haven', 't been seen there since…')
    """
    before, after = text[max(0, begin - _CONTEXT - 1) : begin], text[end : end + _CONTEXT + 1]
    return (
        before if len(before) <= _CONTEXT else "…" + before[-_CONTEXT:].partition(" ")[2],
        after if len(after) <= _CONTEXT else after[:_CONTEXT].rpartition(" ")[0] + "…",
    )


#: The colour of each kind: one of the terminal's own sixteen, because users choose these to be readable.
_COLOURS: dict[Kind, str] = {
    "case": "34",
    "contractions": "32",
    "abbreviations": "33",
    "quotes": "1;35",
    "punctuation": "31",
    "hyphens": "36",
    "numbers": "95",
    "paragraphs": "90",
}

#: A row shows line breaks as marks.
_ON_ONE_LINE = str.maketrans({"\n": "¶", "\r": None})


def as_text(restoration: Restoration, *, colour: bool = False) -> str:
    """Return a report: the text, a line for each edit and a summary by kind.

    A line shows the offset in the flat text and, at the end, the edit in its context. With *colour*, edits have the
    colour of their kind, dimmed where the model is less sure.

    >>> from newsnorm import Edit, Restoration
    >>> edit = Edit(4, " ", "'", "contractions", 0.998)
    >>> print(as_text(Restoration("iraq s", "iraq's", (edit,), ())))
    iraq's
    <BLANKLINE>
    offset  kind           probability  edit
         4  contractions         0.998  ' ' -> "'"     iraq[']s
    <BLANKLINE>
    1 edit: 1 contractions; 0 quotations

    Control characters are escaped:

    >>> print(as_text(Restoration("", "\\x1b[2J he said \\u202e", (), ())).splitlines()[0])
    \\x1b[2J he said \\u202e
    """

    def paint(text: str, kind: Kind, probability: float) -> str:
        dim = "" if probability >= SURE else "2;"
        return f"\x1b[{dim}{_COLOURS[kind]}m{text}\x1b[0m" if colour else text

    texts, place = [], 0
    rows = [f"{'offset':>6}  {'kind':<14} {'probability':>11}  edit"]
    for part, edit, _ in segments(restoration):
        end = place + len(part)
        if edit:
            kind = paint(f"{edit.kind:<14}", edit.kind, edit.probability)
            before, after = around(restoration.text, place, end)
            where = f"{before}[{part}]{after}".translate(_ON_ONE_LINE)
            change = f"{edit.before!r} -> {edit.after!r}"
            rows.append(f"{edit.offset:>6}  {kind} {edit.probability:>11.3f}  {change:<14} {escape_controls(where)}")
        safe = escape_controls(part)
        texts.append(paint(safe, edit.kind, edit.probability) if edit else safe)
        place = end
    lines = ["".join(texts), "", *rows]
    kinds = Counter(edit.kind for edit in restoration.edits)
    counts = ", ".join(f"{count} {paint(kind, kind, 1)}" for kind, count in kinds.most_common())
    total, spoken = len(restoration.edits), len(restoration.quotations)
    lines += ["", f"{counted(total, 'edit')}: {counts or 'none'}; {counted(spoken, 'quotation')}"]
    return "\n".join(lines)


def as_fields(restoration: Restoration) -> dict[str, Any]:
    """Return a restoration as JSON fields: ``source``, ``text``, ``edits``, ``quotations``."""
    return asdict(restoration)
