"""What `explain` found, set out for people."""

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

#: Below these probabilities an edit is shown as less sure, and as doubtful.
SURE, LIKELY = 0.9, 0.5

#: What a terminal obeys instead of showing it: controls, among them the escape that starts a command, half surrogate
#: pairs, which are written as the bytes that they were read from, and what turns the direction of writing about.
#: Line ends and tabs are what they seem.
_COMMANDS = regex.compile(r"\r\n|[\n\t]|([\p{Cc}\p{Cs}\p{Bidi_Control}])")


def shown(text: str) -> str:
    """Write what a terminal would obey as its escape: the text comes from anybody, and is printed for people."""
    return _COMMANDS.sub(lambda found: repr(found[1])[1:-1] if found[1] else found[0], text)


def counted(number: int, noun: str) -> str:
    """Count something: ``1 edit``, ``2 edits``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


class Segment(NamedTuple):
    """A stretch of a restored text that one thing is to be said of."""

    text: str
    edit: Edit | None
    spoken: bool


def segments(restoration: Restoration) -> Iterator[Segment]:
    """
    Cut a restored text into edits and what lies between them, in quotations and outside.

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
    # Where speech begins and ends, in turns; a quotation within another one is spoken anyway.
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


#: Characters shown on either side of an edit.
_CONTEXT = 24


def around(text: str, begin: int, end: int) -> tuple[str, str]:
    """
    Cut out the words before and behind a place in a text.

        >>> around("the rebels left yemen and haven't been seen there since the spring", 31, 32)
        ('…left yemen and haven', 't been seen there since…')
    """
    before, after = text[max(0, begin - _CONTEXT - 1) : begin], text[end : end + _CONTEXT + 1]
    return (
        before if len(before) <= _CONTEXT else "…" + before[-_CONTEXT:].partition(" ")[2],
        after if len(after) <= _CONTEXT else after[:_CONTEXT].rpartition(" ")[0] + "…",
    )


#: The colour of each kind: one of a terminal's sixteen, which people have set so that they can read them.
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


#: In a row the breaks of a text are shown and not made.
_ON_ONE_LINE = str.maketrans({"\n": "¶", "\r": None})


def as_text(restoration: Restoration, *, colour: bool = False) -> str:
    """Set out a restoration for people: the text, one line an edit, and a summary by kind.

    A line has the offset in the flat text, and last the edit among the words that it is made.

    With *colour* edits have that of their kind, dim where the model is less sure.

    >>> from newsnorm import Edit, Restoration
    >>> edit = Edit(4, " ", "'", "contractions", 0.998)
    >>> print(as_text(Restoration("iraq s", "iraq's", (edit,), ())))
    iraq's
    <BLANKLINE>
    offset  kind           probability  edit
         4  contractions         0.998  ' ' -> "'"     iraq[']s
    <BLANKLINE>
    1 edit: 1 contractions; 0 quotations

    Control characters are shown, never sent to the terminal:

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
            rows.append(f"{edit.offset:>6}  {kind} {edit.probability:>11.3f}  {change:<14} {shown(where)}")
        texts.append(paint(shown(part), edit.kind, edit.probability) if edit else shown(part))
        place = end
    lines = ["".join(texts), "", *rows]
    kinds = Counter(edit.kind for edit in restoration.edits)
    counts = ", ".join(f"{count} {paint(kind, kind, 1)}" for kind, count in kinds.most_common())
    total, spoken = len(restoration.edits), len(restoration.quotations)
    lines += ["", f"{counted(total, 'edit')}: {counts or 'none'}; {counted(spoken, 'quotation')}"]
    return "\n".join(lines)


def as_fields(restoration: Restoration) -> dict[str, Any]:
    """Take a restoration apart for JSON: ``source``, ``text``, ``edits``, ``quotations``."""
    return asdict(restoration)
