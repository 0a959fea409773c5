"""What can be restored, and in which style: apart from the values, which `import newsnorm` does not wait for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

from newsnorm.errors import check_choice, check_threshold

Kind = Literal["case", "contractions", "abbreviations", "quotes", "punctuation", "hyphens", "numbers", "paragraphs"]
QuoteStyle = Literal["straight", "curly"]

#: What `restore` can restore; unless it is told which, those that a text lacks. Paragraph breaks have a switch of their
#: own.
KINDS: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind != "paragraphs")
QUOTE_STYLES: tuple[QuoteStyle, ...] = get_args(QuoteStyle)


def check_options(kinds: Collection[str] | None, threshold: float, quotes: str) -> None:
    """Raise `TypeError` or `ValueError` for options that are not what they should be."""
    if isinstance(kinds, str):
        names = ", ".join(repr(kind.strip()) for kind in kinds.split(","))
        raise TypeError(f"kinds must be a collection of kinds such as [{names}], not the str {kinds!r}")
    for kind in kinds or ():
        check_choice(kind, KINDS, "kind")
    check_threshold(threshold)
    check_choice(quotes, QUOTE_STYLES, "quotes")
