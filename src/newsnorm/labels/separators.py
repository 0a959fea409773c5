"""Separators: one plain form for all glyphs of a mark, and the word that each mark belongs to."""

from __future__ import annotations

import regex

from newsnorm.words import BLANKS, COLONS, COMMAS, DASHES, DOUBLE_QUOTES, SINGLE_QUOTES, line_breaks

_PLAIN = str.maketrans(
    dict.fromkeys(DOUBLE_QUOTES, '"')
    | dict.fromkeys(SINGLE_QUOTES, "'")
    | dict.fromkeys(DASHES, "—")
    | dict.fromkeys(COLONS, ":")
    | dict.fromkeys(COMMAS, ",")
    | {"…": "..."}
)
_BLANKS = regex.compile(BLANKS)
_DOUBLED = regex.compile(r"''")
_DASHES = regex.compile(r"--+|(?<=\s)-(?=\s)")
_DOTS = regex.compile(r"\.(?:[ \xa0]?\.)+")


def normalise(separator: str) -> str:
    """Return *separator* with one plain form for all quotation marks, apostrophes, dashes and ellipses.

    >>> normalise(",’’ "), normalise(" -- “"), normalise("… "), normalise(" - ")
    ('," ', ' — "', '... ', ' — ')
    """
    if separator == " ":
        return separator
    separator = _BLANKS.sub(lambda run: "\n" if line_breaks(run[0]) else " ", separator.translate(_PLAIN))
    separator = _DASHES.sub("—", _DOUBLED.sub('"', separator))
    return _DOTS.sub("...", separator)


def sides(separator: str) -> tuple[str, str, str]:
    """Split a normalised *separator* into marks of the left word, marks between spaces, and marks of the right word."""
    parts = separator.split()
    if not parts:
        return "", "", ""
    left = parts.pop(0) if not separator[0].isspace() else ""
    right = parts.pop() if parts and not separator[-1].isspace() else ""
    if parts and parts[0].startswith("..") and parts[0].strip("."):
        # "We left ..." he said: the ellipsis is between spaces, but the mark after it belongs to the word.
        left += parts.pop(0)
    return left, "".join(parts), right


def same_marks(separator: str, written: str, *, inside: bool) -> bool:
    """Return whether two separators have the same marks, in any order, because the corpora vary in it.

    *inside*: there are words on both sides.
    """
    if separator == written:
        return True
    if inside and separator != "—" and any(map(str.isspace, written)) and not any(map(str.isspace, separator)):
        return False  # the U.S.'s role; said."We
    if _misplaced(separator):
        return False
    return sorted("".join(separator.split())) == sorted("".join(written.split()))


def _misplaced(separator: str) -> bool:
    """Return whether a sign is on the wrong side of a quotation mark: marks next to $"5 or 5"% would be misread."""
    for part in separator.split():
        sign = min((part.find(c) for c in "$€£#@" if c in part), default=len(part))
        if sign < max(part.rfind("'"), part.rfind('"')) or -1 < part.find('"') < part.rfind("%"):
            return True
    return False
