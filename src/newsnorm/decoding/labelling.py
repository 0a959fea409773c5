"""A labelling under construction: what the scores say about each label, and which of them are still allowed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsnorm.decoding.paths import Before
from newsnorm.document import Document
from newsnorm.labels import HEADS, Labels
from newsnorm.model.scores import OFFSETS, Biases, Calibration, Scores, normalisers


class Labelling:
    """The labelling under construction, and what is still allowed in it."""

    def __init__(
        self,
        scores: Scores,
        document: Document,
        biases: Biases | None,
        calibration: Calibration | None,
        paragraphs: bool,
        before: Before | None,
        ends: bool,
    ) -> None:
        self.document, self.paragraphs = document, paragraphs
        self.before, self.ends = before or Before(), ends
        self.scores, self.biases, self.calibration = scores, biases, calibration or (1.0, 0.0)
        #: With them, head by head, scores become log probabilities. A copy of all would cost more than all else here.
        self.normalisers = normalisers(scores)
        self.n = len(document.words)
        self.shown = document.shown
        self.labels: Labels = np.zeros((self.n, len(HEADS)), np.int8)
        #: Gaps, before word *g*, that may gain a mark.
        self.open_gap = document.free.copy()
        # The gap before a document that goes on from another was written with the other.
        self.open_gap[0] &= before is None

    def head(self, head: int) -> Scores:
        """Work out the log probabilities of one head, biases included."""
        classes = slice(OFFSETS[head], OFFSETS[head + 1])
        logs: Scores = self.scores[:, classes] - self.normalisers[:, head, np.newaxis]
        return logs if self.biases is None else logs + self.biases[classes]

    def log(self, word: int | NDArray[np.intp], head: int, label: int | NDArray[np.int8]) -> Any:
        """Work out log probabilities, without biases, of single labels."""
        return self.scores[word, OFFSETS[head] + label] - self.normalisers[word, head]

    def likely(self, head: int, least: float) -> NDArray[np.bool_]:
        """Tell for which words *head* has more than *least* probability for anything but its first class."""
        likely: NDArray[np.bool_] = self.log(np.arange(self.n), head, 0) < np.log1p(-least)
        return likely

    def choose(self, head: int, allowed: NDArray[np.bool_]) -> None:
        """Take the likeliest allowed class of each word, the first if none is; *allowed*: bool, a row a word."""
        self.labels[:, head] = np.where(allowed, self.head(head), -np.inf).argmax(axis=1)

    def allow(self, head: int, before: Iterable[int], after: Iterable[int]) -> NDArray[np.bool_]:
        """Allow what the text shows; where it shows nothing, no mark, and a mark where its gap may gain one.

        *before* and *after* are the classes that need the gap before or after the word.
        """
        allowed = np.zeros((self.n, OFFSETS[head + 1] - OFFSETS[head]), bool)
        allowed[:, 0] = True
        for c in before:
            allowed[:, c] = self.open_gap[:-1]
        for c in after:
            allowed[:, c] = self.open_gap[1:] & allowed[:, c] if c in before else self.open_gap[1:]
        seen = np.flatnonzero(self.shown[:, head])
        allowed[seen] = False
        allowed[seen, self.shown[seen, head]] = True
        return allowed
