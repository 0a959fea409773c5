"""The kinds that can be restored, the styles of quotation marks, and which kinds a text lacks.

What a text lacks is read off its own marks and capitals, without a model. When a text is restored, the signs that a
kind is present can only become more frequent, and the signs that it is missing only rarer. So a restored text lacks
nothing that it did not lack before, and restoring it again changes nothing.
"""

from __future__ import annotations

from operator import ne
from typing import Literal, get_args

import regex

from newsnorm.errors import check_text
from newsnorm.words import WORD, lower, upper

Kind = Literal["case", "contractions", "abbreviations", "quotes", "punctuation", "hyphens", "numbers", "paragraphs"]
QuoteStyle = Literal["straight", "curly"]

#: What `restore` can restore; unless it is told which, those that a text lacks. Paragraph breaks have a switch of their
#: own.
KINDS: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind != "paragraphs")
QUOTE_STYLES: tuple[QuoteStyle, ...] = get_args(QuoteStyle)


# --- what a text lacks ------------------------------------------------------------------------------------------------

#: Most words to a word with a capital, to a mark that ends a sentence, to a comma and to a hyphen. News has 6, 21, 20
#: and 90 on average; some articles have a quarter of the hyphens.
TO_CAPITAL, TO_STOP, TO_COMMA, TO_HYPHEN = 40, 60, 150, 400
#: Of what is joined, so much may be split: a text has its apostrophes if there are 20 to each ``haven t``.
SPLIT = 0.05
#: In a text with capitals and small letters, small ones are more than this share.
SMALL = 0.1

# Marks that do not stand within a word or number.
_STOP = regex.compile(r"[.?!…](?![\p{L}\p{N}])")
_COMMA = regex.compile(r"[,，](?![\p{L}\p{N}])")
_HYPHEN = regex.compile(r"(?<=[\p{L}\p{N}])[-‐‑](?=[\p{L}\p{N}])")
# A single mark may open a quotation, too, but not before 'em and '80s.
_OPENING_QUOTE = regex.compile(r"[\"“„‟«＂]|``|(?<![^\s(\[])['‘](?![\s\p{N}]|(?:em|til|tis|twas|cause)\b)", regex.I)
# What is joined, and the same split: ``haven't`` and ``haven t``, ``u.s`` and ``u s``, ``5,200`` and ``5 200``. The
# first are not told by the ``u s`` of ``the u s said``, the second not by the ``s a`` of ``he's a``.
_APOSTROPHE = regex.compile(r"(?<=\p{L})['’‘`´′＇](?=\p{L})")
_NO_APOSTROPHE = regex.compile(
    r"""(?: (?<=n)\s++t | (?<=\p{L}\p{L})\s++(?:s|ve|ll) | \bi\s++[md] | \b(?:they|we|you|who|what|there)\s++re )
        (?=\s|\Z)  # not: Colonel S. E. Gill, an S-1 filing; and above not: a tough re election
    """,
    regex.I | regex.X,
)
_DOT = regex.compile(r"(?<![\p{L}\p{N}])\p{L}\.(?=\p{L})")
_NO_DOT = regex.compile(r"(?<![\p{L}\p{M}\p{N}'’‘`´′＇])(?![ai]\s)\p{L}\s++(?![ai]\s)\p{L}(?=\s|\Z)", regex.I)
_DIGIT_MARK = regex.compile(r"(?<=\p{N})[.,:](?=\p{N})|[$£€%]")
_NO_DIGIT_MARK = regex.compile(r"(?<![\p{L}\p{N}])\p{N}{1,3}\s++\p{N}{3}(?![\p{L}\p{N}])")


def missing(text: str, /) -> tuple[Kind, ...]:
    """
    Tell which kinds *text* lacks: what `restore` restores unless it is told otherwise.

        >>> missing("the u n said that iraq s parliament hadn t voted") == KINDS
        True
        >>> missing("THE TALKS FAILED, THE U.N. SAID. \\"IRAQ'S SO-CALLED FRIENDS HAVEN'T PAID $5.\\"")
        ('case',)
        >>> missing("The talks failed, the U.N. said. We haven't paid Iraq's so-called friends $5.")
        ('quotes',)

    It goes by how much stands there: capitals among small letters, the marks to so many words, apostrophes and digit
    marks beside such splits as ``haven t`` and ``5 200``. Of quotation marks it cannot know whether a text without any
    lacks them or never had any; that, and whatever else is in doubt, as it is in a text of a few words, is lacking.

    Args:
        text: Any text, any Unicode. Not bytes.

    Returns:
        Some of `KINDS`, in their order; all of them for flat text. What is not among them is not among
        ``missing(restore(text))`` either.

    Raises:
        TypeError: *text* is not a ``str``.

    Cost: O(n) time in characters, about 2 million characters a second; no model is loaded.

    .. versionadded:: 0.1
    """
    check_text(text)
    words = WORD.findall(text)
    punctuated = _often(_STOP, text, TO_STOP, words) and _often(_COMMA, text, TO_COMMA, words)
    there: dict[Kind, bool] = {
        "case": _is_cased(text, words),
        "contractions": _joined(_APOSTROPHE, _NO_APOSTROPHE, text)
        and (punctuated or _APOSTROPHE.search(text) is not None),
        "abbreviations": _joined(_DOT, _NO_DOT, text) and punctuated,
        "quotes": _OPENING_QUOTE.search(text) is not None,
        "punctuation": punctuated,
        "hyphens": _often(_HYPHEN, text, TO_HYPHEN, words),
        "numbers": _joined(_DIGIT_MARK, _NO_DIGIT_MARK, text) and punctuated,
    }
    return tuple(kind for kind in KINDS if not there[kind])


def _count(sign: regex.Pattern[str], text: str) -> int:
    return sum(1 for _ in sign.finditer(text))


def _often(sign: regex.Pattern[str], text: str, most: int, words: list[str]) -> bool:
    """Tell whether there is a *sign* to each *most* words or fewer."""
    count = _count(sign, text)
    return count > 0 and count * most >= len(words)


def _joined(joined: regex.Pattern[str], split: regex.Pattern[str], text: str) -> bool:
    return _count(split, text) <= SPLIT * _count(joined, text)


def _is_cased(text: str, words: list[str]) -> bool:
    """Tell whether words have capitals where they should: the first, and some of the others, but not all letters."""
    large, small = sum(map(ne, text, lower(text))), sum(map(ne, text, upper(text)))
    if not large or small <= SMALL * (large + small):
        return False
    first = words[0]
    if first == lower(first) != upper(first):
        return False
    return sum(word != lower(word) for word in words) * TO_CAPITAL >= len(words)
