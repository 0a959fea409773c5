"""What figures allow by themselves: a comma between their groups, a sign where no word stands for it.

The encoder sees words cut into pieces, and of ``13 43`` knows no more than that commas and periods occur between such.
What is certain of figures needs no model: thousands have three digits, and ``1 200 dollars`` no sign.
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
#: Words of a figure, so that a text of nothing but figures costs no more than another.
_LONGEST = 9
#: The words that say what a sign would.
_NAMES: Mapping[int, frozenset[str]] = {
    heads.SIGNS["$"]: frozenset(("dollar", "dollars")),
    heads.SIGNS["£"]: frozenset(("pound", "pounds")),
    heads.SIGNS["€"]: frozenset(("euro", "euros")),
    heads.SIGNS["%"]: frozenset(("percent", "per cent")),
}


def grouped(words: Sequence[str]) -> NDArray[np.bool_]:
    """Tell for each word whether a comma may part it from the next as thousands are parted; shape ``(n_words,)``.

    >>> grouped("some 5 200 of 13 43".split()).tolist()
    [False, True, False, False, False, False]
    """
    groups = np.zeros(len(words), bool)
    for i in [i for i, word in enumerate(words[:-1]) if word[-1].isdigit() and words[i + 1][0].isdigit()]:
        groups[i] = bool(_FIRST_GROUP.fullmatch(words[i]) and _NEXT_GROUP.match(words[i + 1]))
    return groups


def named(words: Sequence[str], joins: Sequence[int], i: int, sign: int) -> bool:
    """Tell whether a word after the figure that starts at word *i* says what *sign* would.

    >>> named("1 200 dollars".split(), [heads.JOINS[","], 0, 0], 0, heads.SIGNS["$"])
    True
    >>> named("5 million euros".split(), [0, 0, 0], 0, heads.SIGNS["$"])
    False
    """
    end = i + 1
    while end < min(len(words), i + _LONGEST) and (joins[end - 1] or words[end] in _MAGNITUDES):
        end += 1
    return not _NAMES.get(sign, frozenset()).isdisjoint(" ".join(words[end : end + k]) for k in (1, 2))
