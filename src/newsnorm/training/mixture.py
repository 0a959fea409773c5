"""Batches for training: random windows of articles and single sentences, from a weighted mixture of sources.

Each step draws with a generator seeded with its number, so a resumed run sees the same windows as an uninterrupted
one, and checkpoints need no sampler state.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from newsnorm.labels import HEADS, Labels, heads
from newsnorm.training.corpus import MASK

#: The longest sentence drawn alone, in subwords; longer ones contain enough context.
LONGEST_SENTENCE = 62

Ids = NDArray[np.int64]
#: Subword ids, shape ``(size,)``, and their labels, shape ``(size, n_heads)``.
Window = tuple[Ids, Labels]


class Source:
    """The arrays of one source, from which random windows and sentences are drawn."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as arrays:
            self.ids: NDArray[np.uint16] = arrays["ids"]
            self.labels: Labels = np.concatenate([arrays["labels"], np.full((1, len(HEADS)), MASK, np.int8)])
            # The row of labels of each subword: its word's for the last subword of a word, the masked row for others.
            self.rows = np.full(len(self.ids), len(self.labels) - 1, np.int32)
            self.rows[arrays["ends"]] = np.arange(len(self.labels) - 1, dtype=np.int32)
            self._begins, self._sizes = _sentences(arrays["labels"], arrays["ends"], arrays["begins"])
        #: Where the sentences of each length begin; they are sorted by length.
        self._by_size = np.searchsorted(self._sizes, np.arange(LONGEST_SENTENCE + 2))

    def window(self, size: int, random: np.random.Generator) -> Window:
        """Draw a window of *size* subwords from anywhere; pad and mask it if the source is shorter."""
        begin = int(random.integers(0, max(1, len(self.ids) - size)))
        ids, labels = self._cut(begin, size)
        short = size - len(ids)
        return np.pad(ids, (0, short)), np.pad(labels, ((0, short), (0, 0)), constant_values=MASK)

    def sentence(self, size: int, random: np.random.Generator) -> Window | None:
        """Draw a sentence of *size* subwords between start and end token; ``None`` if the source has none."""
        low, high = self._by_size[size], self._by_size[size + 1]
        if low == high:
            return None
        ids, labels = self._cut(int(self._begins[random.integers(low, high)]), size)
        # A sentence alone does not show whether its paragraph ends.
        labels[:, heads.PARAGRAPH] = MASK
        around = np.concatenate([self.ids[:1], ids, self.ids[-1:]]).astype(np.int64)
        return around, np.pad(labels, ((1, 1), (0, 0)), constant_values=MASK)

    def _cut(self, begin: int, size: int) -> Window:
        return self.ids[begin : begin + size].astype(np.int64), self.labels[self.rows[begin : begin + size]]


def _sentences(labels: Labels, ends: Ids, begins: Ids) -> tuple[Ids, Ids]:
    """
    Find the sentences that can be drawn alone: short ones with a final mark and no half of a quotation.

    Returns:
        begins: int64, index in the ids of each sentence's first subword.
        sizes: int64, number of subwords of each sentence, sorted.
    """
    terminal = np.isin(labels[:, heads.MARK], list(heads.SENTENCE_STARTS_AFTER))
    first = np.searchsorted(ends, begins)
    last = terminal & np.append(labels[1:, heads.START] == 1, True)
    last[first[1:] - 1] = True
    stops = np.append(np.flatnonzero(last[:-1]), len(last) - 1) + 1
    starts = np.append(0, stops[:-1])
    # A word begins after the last subword of the previous word, or after its article's start token.
    at = np.append(0, ends[:-1]) + 1
    at[first] = begins + 1
    sizes = ends[stops - 1] + 1 - at[starts]
    opened = np.append(0, np.cumsum(labels[:, heads.OPEN].astype(np.int64) - labels[:, heads.CLOSE]))
    whole = terminal[stops - 1] & (opened[stops] == opened[starts]) & (sizes <= LONGEST_SENTENCE)
    order = np.flatnonzero(whole)[np.argsort(sizes[whole], kind="stable")]
    return at[starts[order]], sizes[order]


class Mixture:
    """Sources and their shares of the batches."""

    def __init__(self, cache: Path, weights: Mapping[str, float], other: float) -> None:
        paths = sorted(cache.glob("*.npz"))
        if not paths:
            raise ValueError(f"{cache} holds no label arrays (*.npz): run `python -m newsnorm.training build` first")
        self.names = [path.stem for path in paths]
        self.sources = [Source(path) for path in paths]
        shares = np.array([weights.get(name, other) for name in self.names])
        self.shares = shares / shares.sum()

    def batch(self, step: int, *, size: int, windows: Sequence[int], sentences: float, seed: int) -> Window:
        """
        Draw the batch of a step: *size* windows of the first length, or more of a shorter one.

        Each step draws one of the lengths in *windows*. A share of the steps, *sentences*, draws single sentences
        instead, all of one length, so without padding: the model learns to read text as short as a caption.

        Returns:
            ids: int64, shape ``(n, length)``.
            labels: int8, shape ``(n, length, n_heads)``.
        """
        random = np.random.default_rng([seed, step])
        window = int(random.choice(windows))
        length = int(random.integers(2, LONGEST_SENTENCE + 1)) if random.random() < sentences else 0
        count = size * windows[0] // (length + 2 if length else window)
        picked = [self.sources[i] for i in random.choice(len(self.sources), size=count, p=self.shares)]
        drawn = [source.sentence(length, random) for source in picked] if length else []
        whole = size * windows[0] // window
        found = [one for one in drawn if one] or [source.window(window, random) for source in picked[:whole]]
        ids, labels = zip(*found, strict=True)
        return np.stack(ids), np.stack(labels)


def load_mixture(cache: Path, weights_file: Path | None = None) -> Mixture:
    """Load the sources in *cache* with the weights in *weights_file* (default: the packaged file)."""
    path = weights_file or Path(__file__).with_name("mixture.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Mixture(cache, table.get("weights", {}), float(table.get("other", 1.0)))
