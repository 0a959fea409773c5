"""What `explain` found, set out for people."""

from __future__ import annotations

import json
from collections import Counter

import regex
from attrs import asdict

from newsnorm.types import Restoration

#: What a terminal obeys instead of showing it: controls, among them the escape that starts a command, half surrogate
#: pairs, which are written as the bytes that they were read from, and what turns the direction of writing about.
#: Line ends and tabs are what they seem.
_COMMANDS = regex.compile(r"\r\n|[\n\t]|([\p{Cc}\p{Cs}\p{Bidi_Control}])")


def _shown(text: str) -> str:
    """Write what a terminal would obey as its escape: the text comes from anybody, and is printed for people."""
    return _COMMANDS.sub(lambda found: repr(found[1])[1:-1] if found[1] else found[0], text)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_text(restoration: Restoration) -> str:
    """Set out a restoration for people: the text, one line an edit, and a summary by kind.

    >>> from newsnorm.types import Edit
    >>> edit = Edit(4, " ", "'", "contractions", 0.998)
    >>> print(as_text(Restoration("iraq s", "iraq's", (edit,), ())))
    iraq's
    <BLANKLINE>
    offset  kind           probability  edit
         4  contractions         0.998  ' ' -> "'"
    <BLANKLINE>
    1 edit: 1 contractions; 0 quotations

    Control characters are shown, never sent to the terminal:

    >>> print(as_text(Restoration("", "\\x1b[2J he said \\u202e", (), ())).splitlines()[0])
    \\x1b[2J he said \\u202e
    """
    lines = [_shown(restoration.text), "", f"{'offset':>6}  {'kind':<14} {'probability':>11}  edit"]
    lines += [
        f"{edit.offset:>6}  {edit.kind:<14} {edit.probability:>11.3f}  {edit.before!r} -> {edit.after!r}"
        for edit in restoration.edits
    ]
    kinds = Counter(edit.kind for edit in restoration.edits)
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    total, spoken = len(restoration.edits), len(restoration.quotations)
    lines += ["", f"{_counted(total, 'edit')}: {counts or 'none'}; {_counted(spoken, 'quotation')}"]
    return "\n".join(lines)


def as_json(restoration: Restoration) -> str:
    """Write a restoration as one line of JSON: ``source``, ``text``, ``edits``, ``quotations``."""
    return json.dumps(asdict(restoration), ensure_ascii=True)
