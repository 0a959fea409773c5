"""The kinds that can be restored, the styles of quotation marks, and which kinds a text lacks.

What a text lacks follows from its own marks and capitals, without a model. When a text is restored, the signs that a
kind is present can only become more frequent, and the signs that it is missing only rarer. So a restored text lacks
nothing that it did not lack before, and restoring it again changes nothing.
"""

from __future__ import annotations

from operator import ne
from typing import Literal, get_args

import regex

from newsnorm.errors import check_text
from newsnorm.words import APOSTROPHES, COMMAS, HYPHENS, OPENING_DOUBLE_QUOTES, WORD, lower, upper

Kind = Literal["case", "contractions", "abbreviations", "quotes", "punctuation", "hyphens", "numbers", "paragraphs"]
QuoteStyle = Literal["straight", "curly"]

#: What `restore` can restore; by default it restores the kinds a text lacks. Paragraph breaks have their own option.
KINDS: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind != "paragraphs")
QUOTE_STYLES: tuple[QuoteStyle, ...] = get_args(QuoteStyle)


# --- what a text lacks ------------------------------------------------------------------------------------------------

#: The most words for each capital, sentence end, comma and hyphen in a text that has them. News has one in 6, 21, 20
#: and 90 words on average; some articles have a quarter of the hyphens.
WORDS_PER_CAPITAL, WORDS_PER_STOP, WORDS_PER_COMMA, WORDS_PER_HYPHEN = 40, 60, 150, 400
#: The share of joined forms that may be split: a text has its apostrophes if it has 20 of them for each ``haven t``.
SPLIT = 0.05
#: In a text that is not in capitals, more than this share of the letters is small.
SMALL = 0.1

# Marks that are not within a word or number.
_STOP = regex.compile(r"[.?!…](?![\p{L}\p{N}])")
_COMMA = regex.compile(rf"[{COMMAS}](?![\p{{L}}\p{{N}}])")
_HYPHEN = regex.compile(rf"(?<=[\p{{L}}\p{{N}}])[{HYPHENS}](?=[\p{{L}}\p{{N}}])")
# A single mark may open a quotation, too, but not before 'em and '80s.
_OPENING_QUOTE = regex.compile(
    rf"[{OPENING_DOUBLE_QUOTES}]|``|(?<![^\s(\[])['‘](?![\s\p{{N}}]|(?:em|til|tis|twas|cause)\b)", regex.I
)
# Joined, and split: ``haven't`` and ``haven t``, ``u.s`` and ``u s``, ``5,200`` and ``5 200``. The ``u s`` of ``the u s
# said`` does not count as a lost apostrophe, nor the ``s a`` of ``he's a`` as a lost period.
_APOSTROPHE = regex.compile(rf"(?<=\p{{L}})[{APOSTROPHES}](?=\p{{L}})")
_NO_APOSTROPHE = regex.compile(
    r"""(?: (?<=n)\s++t | (?<=\p{L}\p{L})\s++(?:s|ve|ll) | \bi\s++[md] | \b(?:they|we|you|who|what|there)\s++re )
        (?=\s|\Z)  # not: Colonel S. E. Gill, an S-1 filing; and above not: a tough re election
    """,
    regex.I | regex.X,
)
_DOT = regex.compile(r"(?<![\p{L}\p{N}])\p{L}\.(?=\p{L})")
_NO_DOT = regex.compile(
    rf"(?<![\p{{L}}\p{{M}}\p{{N}}{APOSTROPHES}])(?![ai]\s)\p{{L}}\s++(?![ai]\s)\p{{L}}(?=\s|\Z)", regex.I
)
_NUMBER_MARK = regex.compile(r"(?<=\p{N})[.,:](?=\p{N})|[$£€%]")
_NO_NUMBER_MARK = regex.compile(r"(?<![\p{L}\p{N}])\p{N}{1,3}\s++\p{N}{3}(?![\p{L}\p{N}])")


def missing(text: str, /) -> tuple[Kind, ...]:
    """
    Return the kinds that *text* lacks, which `restore` restores by default.

        >>> missing("the u n said that iraq s parliament hadn t voted") == KINDS
        True
        >>> missing("THE TALKS FAILED, THE U.N. SAID. \\"IRAQ'S SO-CALLED FRIENDS HAVEN'T PAID $5.\\"")
        ('case',)
        >>> missing("The talks failed, the U.N. said. We haven't paid Iraq's so-called friends $5.")
        ('quotes',)

    A kind is present if the text has enough of it: capitals among small letters, marks for its number of words,
    apostrophes and number formatting compared with splits such as ``haven t`` and ``5 200``. A text without quotation
    marks may have lost them or never had any; this and other doubtful kinds, as in a text of a few words, count as
    missing.

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
    punctuated = _often(_STOP, text, WORDS_PER_STOP, words) and _often(_COMMA, text, WORDS_PER_COMMA, words)
    there: dict[Kind, bool] = {
        "case": _is_cased(text, words),
        "contractions": _joined(_APOSTROPHE, _NO_APOSTROPHE, text)
        and (punctuated or _APOSTROPHE.search(text) is not None),
        "abbreviations": _joined(_DOT, _NO_DOT, text) and punctuated,
        "quotes": _OPENING_QUOTE.search(text) is not None,
        "punctuation": punctuated,
        "hyphens": _often(_HYPHEN, text, WORDS_PER_HYPHEN, words),
        "numbers": _joined(_NUMBER_MARK, _NO_NUMBER_MARK, text) and punctuated,
    }
    return tuple(kind for kind in KINDS if not there[kind])


def _count(sign: regex.Pattern[str], text: str) -> int:
    return sum(1 for _ in sign.finditer(text))


def _often(sign: regex.Pattern[str], text: str, most: int, words: list[str]) -> bool:
    """Return whether *sign* occurs at least once in every *most* words."""
    count = _count(sign, text)
    return count > 0 and count * most >= len(words)


def _joined(joined: regex.Pattern[str], split: regex.Pattern[str], text: str) -> bool:
    return _count(split, text) <= SPLIT * _count(joined, text)


def _is_cased(text: str, words: list[str]) -> bool:
    """Return whether words have capitals where they should: the first, and some of the others, but not all letters."""
    large, small = sum(map(ne, text, lower(text))), sum(map(ne, text, upper(text)))
    if not large or small <= SMALL * (large + small):
        return False
    first = words[0]
    if first == lower(first) != upper(first):
        return False
    return sum(word != lower(word) for word in words) * WORDS_PER_CAPITAL >= len(words)
