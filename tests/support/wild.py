"""A scorer with random scores, to try the laws with."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from newsnorm.labels import HEAD_SIZES

WIDTH = sum(HEAD_SIZES.values())
#: A row of scores is a slice of this: a generator for each word would take longer than the rest of an example.
NOISE = np.random.default_rng(0).normal(0, 1, 1 << 20).astype(np.float32)
STRETCHES = np.lib.stride_tricks.sliding_window_view(NOISE, WIDTH)


class WildScorer:
    """A scorer that draws the scores of every class of every head at random.

    The laws hold whatever the model predicts, so they are tried with a scorer that predicts everything: marks in every
    gap, quotation marks that never pair, hyphens between paragraphs. As a model's must, the scores depend on the words
    alone: here on the end of the word and the end of the word before it.

    Args:
        seed: From 0 to 2**32 - 1.
        spread: Standard deviation of the scores, in nats: how confident the scorer is.
        tied: Round the scores to whole spreads, so that many are equal and the order of the classes decides.
    """

    def __init__(self, seed: int, spread: float = 3.0, tied: bool = False) -> None:
        self.seed, self.spread, self.tied = seed, spread, tied
        self.forms = {"mcconnell": "McConnell", "iphone": "iPhone"}
        biases = np.random.default_rng(seed).normal(0, 1, WIDTH).astype(np.float32)
        self.biases = np.round(biases) if tied else biases
        self.calibration = (0.7, 0.5)

    def __repr__(self) -> str:
        return f"WildScorer({self.seed}, {self.spread}, {self.tied})"

    def score_many(self, texts):
        for words in texts:
            before, places = "", []
            for word in words:
                key = f"{before} {word[-20:]}".encode("utf-8", "surrogatepass")
                places.append(crc32(key, self.seed) % len(STRETCHES))
                before = word[-20:]
            rows = STRETCHES[np.array(places, np.intp)]
            yield (np.round(rows) if self.tied else rows) * np.float32(self.spread)
