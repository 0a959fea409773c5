"""A scorer that returns the labels a test asks for, to test decoding and rendering label by label."""

from __future__ import annotations

import math

import numpy as np

from newsnorm.labels import HEADS
from newsnorm.model.scores import OFFSETS

#: Log odds, in nats over the first class of the head, of a class that is asked for and of all others.
SURE, NEVER = 4.0, -20.0


def probability_of(odds: float) -> float:
    """Return the probability of a class that is asked for with these log odds."""
    return 1 / (1 + math.exp(-odds))


class Scripted:
    """A scorer that prefers the classes it is given, and the first class of each head everywhere else.

    Each head is a dict from words, or their numbers, to classes: ``Scripted(mark={"left": ",", 7: "."})``. A word
    stands for all its occurrences. A class may come with its log odds: ``{"left": (",", 0.5)}``.
    """

    def __init__(self, forms=None, biases=None, calibration=None, **wanted):
        self.forms, self.biases, self.calibration, self.wanted = forms or {}, biases, calibration, wanted

    def score_many(self, texts):
        for words in texts:
            yield self.score(list(words))

    def score(self, words):
        scores = np.full((len(words), OFFSETS[-1]), NEVER, np.float32)
        scores[:, OFFSETS[:-1]] = 0
        for head, classes in self.wanted.items():
            column = OFFSETS[list(HEADS).index(head)]
            for place, form in classes.items():
                form, odds = form if isinstance(form, tuple) else (form, SURE)
                rows = [place] if isinstance(place, int) else [i for i, word in enumerate(words) if word == place]
                scores[rows, column + HEADS[head].index(form)] = odds
        return scores
