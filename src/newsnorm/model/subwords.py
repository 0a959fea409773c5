"""From flat words to the windows of subword ids that the encoder reads.

WordPiece on flat words is a longest-match loop, so newsnorm needs no tokenizer package. Each word is split once and its
ids are cached. A text becomes one row of ids with a start and an end token, and the row is divided into overlapping
windows, so that every word is scored with context on both sides.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

#: The longest word, in code points, that is split; longer ones are unknown. This bounds the loop below.
LONGEST = 64
#: The size of the cache. 100 million words of English news have 150,000 different words; most occur once.
REMEMBERED = 1 << 16

Ids = NDArray[np.int64]


class Vocabulary:
    """A WordPiece vocabulary, which maps flat words to ids.

    >>> vocabulary = Vocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "ira", "##q", "s"])
    >>> vocabulary["iraq"], vocabulary["s"], vocabulary["ქ"]
    ((4, 5), (6,), (1,))
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = {piece: number for number, piece in enumerate(pieces)}
        self.unknown = self.pieces["[UNK]"]
        self.start = self.pieces["[CLS]"]
        self.end = self.pieces["[SEP]"]
        # 18 characters in the packaged vocabulary: no longer pieces are tried, in base64 or a protein's formula.
        self.longest = max(len(piece.removeprefix("##")) for piece in pieces)
        self._words: dict[str, tuple[int, ...]] = {}

    def __getitem__(self, word: str) -> tuple[int, ...]:
        ids = self._words.get(word)
        if ids is None:
            # Not cached, because the cache could then hold 65,536 words of a megabyte each.
            if len(word) > LONGEST:
                return (self.unknown,)
            if len(self._words) >= REMEMBERED:
                self._words = {}
            ids = self._words[word] = self._split(word)
        return ids

    def _split(self, word: str) -> tuple[int, ...]:
        # The encoder was pretrained on text without accents and reads 'são' as 'sao'. The word itself keeps them.
        bare = "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")
        ids, begin = [], 0
        while begin < len(bare):
            for end in range(min(len(bare), begin + self.longest), begin, -1):
                piece = self.pieces.get(bare[begin:end] if begin == 0 else "##" + bare[begin:end])
                if piece is not None:
                    break
            else:
                return (self.unknown,)
            ids.append(piece)
            begin = end
        return tuple(ids) or (self.unknown,)

    def encode(self, words: Iterable[str]) -> tuple[Ids, Ids]:
        """Encode *words* as one row of ids, from start to end token.

        Returns:
            ids: int64, shape ``(n_subwords + 2,)``.
            ends: int64, shape ``(n_words,)``: the index in *ids* of each word's last subword.
        """
        pieces = [self[word] for word in words]
        ids = np.array([self.start, *(i for piece in pieces for i in piece), self.end], np.int64)
        ends = np.cumsum([len(piece) for piece in pieces], dtype=np.int64)
        return ids, ends


@frozen
class Window:
    """A window of a row of ids, and the part of it whose scores are kept; half-open offsets into the row."""

    begin: int
    end: int
    keep_begin: int
    keep_end: int


def windows(length: int, size: int, margin: int) -> list[Window]:
    """Divide a row of *length* ids into windows that overlap by twice *margin*; the kept parts tile the row.

    There are as few windows as *size* allows, all of about the same length. If only the last one were shorter, it would
    lack context or, moved back, read up to a window twice.

    >>> windows(10, 6, 1)
    [Window(begin=0, end=6, keep_begin=0, keep_end=5), Window(begin=4, end=10, keep_begin=5, keep_end=10)]
    """
    overlap = 2 * margin
    count = max(1, -(-(length - overlap) // (size - overlap)))
    # The length of all windows together.
    total = length + (count - 1) * overlap
    begins = [total * k // count - k * overlap for k in range(count + 1)]
    cut = []
    for k in range(count):
        begin, end = begins[k], begins[k + 1] + overlap if k + 1 < count else length
        cut.append(Window(begin, end, begin + margin if k else 0, end - margin if k + 1 < count else length))
    return cut
