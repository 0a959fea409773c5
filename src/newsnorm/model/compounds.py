"""Compounds: pairs of words that copy writes with a hyphen, and how often it does.

The encoder has met ``runner up`` or ``kick off`` a few times, in the share of the text that it was trained on; counted
over all of it, they are plain. So each pair that was seen with a hyphen is kept with its counts, and shifts the odds of
the hyphen that the encoder gives: much where the pair is rare, little where the encoder knows it well, and downward
where it was never seen with one. Only the two words are looked at, so scores still depend on the words alone.

Encoder and counts know some of the same, and to believe both would be to count it twice: on news, hyphens that they
called 91 % sure were right 88 times in 100. So the encoder's own odds weigh a little less where there are counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zlib import crc32

import numpy as np
import regex
from numpy.typing import NDArray

from newsnorm.labels import heads
from newsnorm.model.scores import OFFSETS, Scores, log_sums

Numbers = NDArray[np.uint32]
#: float64, shape ``(n_pairs, len(FEATURES) - 1)``: all but those of the encoder.
Features = NDArray[np.float64]

#: The place of the hyphen in a row of scores.
HYPHEN = int(OFFSETS[heads.JOIN]) + heads.JOINS["-"]
#: What the shift of a pair is put together from: whether it was never seen with a hyphen; for pairs that stand in the
#: collections less often than `COMMON` times and for the others, one and the log odds of the hyphen; and for both, the
#: log odds that the encoder gives.
FEATURES = ("absent", "rare", "rare odds", "common", "common odds", "encoder")
COMMON = 20

_DIGIT = regex.compile(r"\p{N}")
#: Odd, and of no pattern: the pair *a b* must not have the number of *b a*.
_SPREAD = np.uint32(0x9E3779B1)
#: Bytes of a pair in the file: its number and two counts.
_BYTES = 6
_MOST = 255


def number_words(words: Iterable[str]) -> Numbers:
    """Number *words* by their letters; all digits count as one, so that ``24 year`` and ``37 year`` are alike."""
    shapes = (word if word.isalpha() else _DIGIT.sub("0", word) for word in words)
    return np.fromiter((crc32(shape.encode("utf-8", "surrogatepass")) for shape in shapes), np.uint32)


def number_pairs(words: Numbers) -> Numbers:
    """Number each word and the next, shape ``(n_words - 1,)``.

    >>> number_pairs(number_words("cease fire".split())) == number_pairs(number_words("fire cease".split()))
    array([False])
    """
    return words[:-1] * _SPREAD + words[1:]


class Compounds:
    """Pairs seen with a hyphen, and how often they were, with it and in all."""

    def __init__(self, pairs: Numbers, hyphened: NDArray[np.integer[Any]], total: NDArray[np.integer[Any]]) -> None:
        self.pairs = pairs
        odds = np.log((hyphened + 0.5) / (total - hyphened + 0.5))
        rare = total < COMMON
        known = np.column_stack([np.zeros(len(pairs)), rare, rare * odds, ~rare, ~rare * odds])
        #: What the counts say: one row a pair, and a last one for all pairs that are not here.
        self.features: Features = np.vstack([known, [1.0, 0, 0, 0, 0]])

    @classmethod
    def read(cls, data: bytes) -> Compounds:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: It is something else.
        """
        n, rest = divmod(len(data), _BYTES)
        pairs = np.frombuffer(data, "<u4", n).astype(np.uint32)
        hyphened, total = np.frombuffer(data, np.uint8, 2 * n, 4 * n).reshape(2, n).astype(np.int64)
        if rest or (pairs[1:] <= pairs[:-1]).any() or (hyphened < 1).any() or (hyphened > total).any():
            raise ValueError("pairs must be sorted, and seen with a hyphen, but not more often than they were seen")
        return cls(pairs, hyphened, total)

    def find(self, wanted: Numbers) -> NDArray[np.int64]:
        """Find the row of `features` of each pair."""
        rows = np.searchsorted(self.pairs, wanted)
        inside = rows < len(self.pairs)
        inside[inside] = self.pairs[rows[inside]] == wanted[inside]
        return np.where(inside, rows, len(self.pairs))

    def has(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which of the *rows* that `find` found are those of pairs that are here."""
        return rows < len(self.pairs)


def hyphen_odds(scores: Scores) -> NDArray[np.float32]:
    """Work out from scores the log odds of a hyphen after each word, shape ``(n_words,)``."""
    begin, end = OFFSETS[heads.JOIN], OFFSETS[heads.JOIN + 1]
    others = np.delete(scores[:, begin:end], HYPHEN - begin, axis=1)
    odds: NDArray[np.float32] = scores[:, HYPHEN] - log_sums(others)
    return odds


def to_bytes(pairs: Numbers, hyphened: NDArray[np.int64], total: NDArray[np.int64]) -> bytes:
    """Write pairs and counts: 32 bits each, sorted, then the counts in bytes; of what is common only the share is kept.

    >>> data = to_bytes(np.array([7], np.uint32), np.array([300]), np.array([600]))
    >>> len(data), Compounds.read(data).pairs
    (6, array([7], dtype=uint32))
    """
    share = np.minimum(1, _MOST / total)
    counts = (np.maximum(1, np.rint(count * share)).astype(np.uint8) for count in (hyphened, total))
    return b"".join(part.tobytes() for part in (pairs.astype("<u4"), *counts))


def parse_weights(row: Mapping[str, float]) -> NDArray[np.float64]:
    """Lay out the weights of a card, ``{"absent": -1.1}``; what it does not name weighs nothing."""
    return np.array([float(row.get(name, 0.0)) for name in FEATURES])
