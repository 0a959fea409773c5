"""A scorer that says what a test wants it to say, so that decoding and rendering can be tried label by label."""

from __future__ import annotations

import math

import numpy as np

from newsnorm.labels import HEADS
from newsnorm.model.scores import OFFSETS

#: Odds, in nats over the first class of the head, of a class that is asked for and of all others.
SURE, NEVER = 4.0, -20.0


def share(odds: float) -> float:
    """The probability of a class that is asked for with these odds."""
    return 1 / (1 + math.exp(-odds))


class Scripted:
    """A scorer for one text: the first class of each head everywhere, and what is asked for, surer than that.

    Each head is given as a dict from words, or their numbers, to classes: ``Scripted(mark={"left": ",", 7: "."})``.
    Where a word occurs several times, all are meant. A class may come with its odds: ``{"left": (",", 0.5)}``.
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
