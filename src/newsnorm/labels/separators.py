"""Separators in one plain form: the same marks, however they are written, cut into what hangs on which word."""

from __future__ import annotations

import regex

from newsnorm.words import line_breaks

_ALIKE = str.maketrans(
    dict.fromkeys("“”„‟«»″＂", '"')
    | dict.fromkeys("‘’‚‛ʼ`´′＇", "'")
    | {"–": "—", "―": "—", "−": "—", "…": "...", "：": ":", "，": ","}
)
#: White space as `str.isspace` has it; `regex` leaves out the four separators of ASCII.
_SPACES = regex.compile(r"[\s\x1c-\x1f]+")
_DOUBLED = regex.compile(r"''")
_DASHES = regex.compile(r"--+|(?<=\s)-(?=\s)")
_DOTS = regex.compile(r"\.(?:[ \xa0]?\.)+")


def normalise(separator: str) -> str:
    """Write the quotation marks, apostrophes, dashes and ellipses of *separator* in their one plain form.

    >>> normalise(",’’ "), normalise(" -- “"), normalise("… "), normalise(" - ")
    ('," ', ' — "', '... ', ' — ')
    """
    if separator == " ":
        return separator
    separator = _SPACES.sub(lambda run: "\n" if line_breaks(run[0]) else " ", separator.translate(_ALIKE))
    separator = _DASHES.sub("—", _DOUBLED.sub('"', separator))
    return _DOTS.sub("...", separator)


def sides(separator: str) -> tuple[str, str, str]:
    """Cut a normalised *separator* into what hangs on the left word, what stands free, what hangs on the right word."""
    parts = separator.split()
    if not parts:
        return "", "", ""
    left = parts.pop(0) if not separator[0].isspace() else ""
    right = parts.pop() if parts and not separator[-1].isspace() else ""
    if parts and parts[0].startswith("..") and parts[0].strip("."):
        # "We left ..." he said: an ellipsis may stand free, but what hangs on it hangs on the word.
        left += parts.pop(0)
    return left, "".join(parts), right


def same_marks(separator: str, written: str, *, inside: bool) -> bool:
    """Tell whether two separators hold the same marks; American style and the corpora differ in their order.

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
    """Find a sign on the wrong side of a quotation mark, $"5 or 5"%: what is put in beside it would be read amiss."""
    for part in separator.split():
        sign = min((part.find(c) for c in "$€£#@" if c in part), default=len(part))
        if sign < max(part.rfind("'"), part.rfind('"')) or -1 < part.find('"') < part.rfind("%"):
            return True
    return False
