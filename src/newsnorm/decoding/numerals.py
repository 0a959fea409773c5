"""Rules about numbers that need no model: which may be grouped by a comma, and which need no currency sign.

The encoder reads words in pieces. Of ``13 43`` it knows only that commas and periods occur between such pieces. But a
group of thousands has three digits, and ``1 200 dollars`` has no sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import regex
from numpy.typing import NDArray

from newsnorm.labels import heads

#: ``5 200``, ``1 500kg``, but neither ``13 43`` nor ``2012 100``.
_FIRST_GROUP = regex.compile(r"\D*\d{1,3}")
_NEXT_GROUP = regex.compile(r"\d{3}(?!\d)")
_MAGNITUDES = frozenset("hundred thousand million billion trillion bn".split())
#: The most words of a number, so that a text of numbers alone costs no more than any other.
_LONGEST = 9
#: The words that replace each sign.
_NAMES: Mapping[int, frozenset[str]] = {
    heads.SIGNS["$"]: frozenset(("dollar", "dollars")),
    heads.SIGNS["£"]: frozenset(("pound", "pounds")),
    heads.SIGNS["€"]: frozenset(("euro", "euros")),
    heads.SIGNS["%"]: frozenset(("percent", "per cent")),
}


def is_grouped(words: Sequence[str]) -> NDArray[np.bool_]:
    """Return for each word whether a comma may group it with the next one, as in ``5,200``; shape ``(n_words,)``.

    >>> is_grouped("some 5 200 of 13 43".split()).tolist()
    [False, True, False, False, False, False]
    """
    groups = np.zeros(len(words), bool)
    for i in [i for i, word in enumerate(words[:-1]) if word[-1].isdigit() and words[i + 1][0].isdigit()]:
        groups[i] = bool(_FIRST_GROUP.fullmatch(words[i]) and _NEXT_GROUP.match(words[i + 1]))
    return groups


def is_named(words: Sequence[str], joins: Sequence[int], i: int, sign: int) -> bool:
    """Return whether a word after the number that starts at word *i* replaces *sign*.

    >>> is_named("1 200 dollars".split(), [heads.JOINS[","], 0, 0], 0, heads.SIGNS["$"])
    True
    >>> is_named("5 million euros".split(), [0, 0, 0], 0, heads.SIGNS["$"])
    False
    """
    end = i + 1
    while end < min(len(words), i + _LONGEST) and (joins[end - 1] or words[end] in _MAGNITUDES):
        end += 1
    return not _NAMES.get(sign, frozenset()).isdisjoint(" ".join(words[end : end + k]) for k in (1, 2))
