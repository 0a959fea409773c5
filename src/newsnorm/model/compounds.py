"""Compounds: pairs of words that news text writes with a hyphen, and how often it does.

The encoder saw ``runner up`` or ``kick off`` only a few times, in the part of the text that it was trained on. Counts
over all of the text settle them. Each pair that was seen with a hyphen is stored with its counts, which shift the
encoder's odds of a hyphen: strongly for a rare pair, slightly for one that the encoder knows well, and downward for a
pair never seen with a hyphen. Only the two words are used, so scores still depend on the words alone.

Encoder and counts share some knowledge, which would otherwise count twice: on news, hyphens with a combined probability
of 91 % were right 88 times in 100. So the encoder's odds have a little less weight where there are counts.
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

#: The column of the hyphen in the scores.
HYPHEN = int(OFFSETS[heads.JOIN]) + heads.JOINS["-"]
#: The features behind the shift of a pair: whether it was never seen with a hyphen; for rare pairs (fewer than `COMMON`
#: in the training text) and for the others, a constant and the log odds of the hyphen; the encoder's log odds.
FEATURES = ("absent", "rare", "rare odds", "common", "common odds", "encoder")
COMMON = 20

_DIGIT = regex.compile(r"\p{N}")
#: Odd and irregular, so that the pair *a b* has another number than *b a*.
_SPREAD = np.uint32(0x9E3779B1)
#: Bytes of a pair in the file: its number and two counts of at most `_MOST`.
_BYTES = 6
_MOST = 255


def number_words(words: Iterable[str]) -> Numbers:
    """Return a hash of each of *words*; all digits count as equal, so ``24 year`` and ``37 year`` are the same pair."""
    shapes = (word if word.isalpha() else _DIGIT.sub("0", word) for word in words)
    return np.fromiter((crc32(shape.encode("utf-8", "surrogatepass")) for shape in shapes), np.uint32)


def number_pairs(words: Numbers) -> Numbers:
    """Return a hash of each word and the next, shape ``(n_words - 1,)``.

    >>> number_pairs(number_words("cease fire".split())) == number_pairs(number_words("fire cease".split()))
    array([False])
    """
    return words[:-1] * _SPREAD + words[1:]


class Compounds:
    """The pairs that were seen with a hyphen, and their counts with it and in total."""

    def __init__(self, pairs: Numbers, hyphened: NDArray[np.integer[Any]], total: NDArray[np.integer[Any]]) -> None:
        self.pairs = pairs
        odds = np.log((hyphened + 0.5) / (total - hyphened + 0.5))
        rare = total < COMMON
        known = np.column_stack([np.zeros(len(pairs)), rare, rare * odds, ~rare, ~rare * odds])
        #: The features from the counts: one row per pair, and a last one for all other pairs.
        self.features: Features = np.vstack([known, [1.0, 0, 0, 0, 0]])

    @classmethod
    def read(cls, data: bytes) -> Compounds:
        """Read the bytes of `to_bytes`; raise `ValueError` if they are anything else."""
        n, rest = divmod(len(data), _BYTES)
        pairs = np.frombuffer(data, "<u4", n).astype(np.uint32)
        hyphened, total = np.frombuffer(data, np.uint8, 2 * n, 4 * n).reshape(2, n).astype(np.int64)
        if rest or (pairs[1:] <= pairs[:-1]).any() or (hyphened < 1).any() or (hyphened > total).any():
            raise ValueError("pairs must be sorted, and seen with a hyphen, but not more often than in total")
        return cls(pairs, hyphened, total)

    def find(self, wanted: Numbers) -> NDArray[np.int64]:
        """Return the row of each pair in `features`."""
        rows = np.searchsorted(self.pairs, wanted)
        inside = rows < len(self.pairs)
        inside[inside] = self.pairs[rows[inside]] == wanted[inside]
        return np.where(inside, rows, len(self.pairs))

    def has(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of *rows*, from `find`, are those of a known pair."""
        return rows < len(self.pairs)


def hyphen_odds(scores: Scores) -> NDArray[np.float32]:
    """Return the log odds of a hyphen after each word, shape ``(n_words,)``."""
    begin, end = OFFSETS[heads.JOIN], OFFSETS[heads.JOIN + 1]
    others = np.delete(scores[:, begin:end], HYPHEN - begin, axis=1)
    odds: NDArray[np.float32] = scores[:, HYPHEN] - log_sums(others)
    return odds


def to_bytes(pairs: Numbers, hyphened: NDArray[np.int64], total: NDArray[np.int64]) -> bytes:
    """Return the file: the sorted pairs in 32 bits each, then both counts in bytes, scaled down if they are larger.

    >>> data = to_bytes(np.array([7], np.uint32), np.array([300]), np.array([600]))
    >>> len(data), Compounds.read(data).pairs
    (6, array([7], dtype=uint32))
    """
    share = np.minimum(1, _MOST / total)
    counts = (np.maximum(1, np.rint(count * share)).astype(np.uint8) for count in (hyphened, total))
    return b"".join(part.tobytes() for part in (pairs.astype("<u4"), *counts))


def parse_weights(row: Mapping[str, float]) -> NDArray[np.float64]:
    """Return the weights of a card, ``{"absent": -1.1}``, in the order of `FEATURES`; 0 if not given."""
    return np.array([float(row.get(name, 0.0)) for name in FEATURES])
