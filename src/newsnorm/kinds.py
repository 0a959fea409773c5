"""What can be restored, and in which style: apart from the values, which `import newsnorm` does not wait for."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal["case", "contractions", "abbreviations", "quotes", "punctuation", "hyphens", "numbers", "paragraphs"]
QuoteStyle = Literal["straight", "curly"]

#: What `restore` restores unless it is told otherwise. Paragraph breaks have a switch of their own.
KINDS: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind != "paragraphs")
QUOTE_STYLES: tuple[QuoteStyle, ...] = get_args(QuoteStyle)
