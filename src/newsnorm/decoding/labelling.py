"""A labelling in progress: the scores of each label, and which labels are still allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from newsnorm.decoding.search import OUTSIDE
from newsnorm.document import Document
from newsnorm.labels import HEADS, Labels
from newsnorm.model.scores import OFFSETS, Biases, Calibration, Scores, normalisers

#: The first and the last word between two double quotation marks, and the probability of the pair.
Pair = tuple[int, int, float]


@frozen
class Carried:
    """What a document leaves open for the next one of the same text; see ``newsnorm.streaming``."""

    #: Whether a sentence starts at the next word.
    starts: bool = True
    #: The states of ``newsnorm.decoding.quotes`` and ``newsnorm.decoding.brackets``.
    quote: int = OUTSIDE
    bracket: int = OUTSIDE
    #: Whether the mark that opened the quotation was likely enough to be written.
    written: bool = True


@frozen
class Decoded:
    """The chosen labels and how likely each is; both of shape ``(n_words, n_heads)``, int8 and float32.

    For ``open`` and ``close`` the probability is that of the whole pair: both marks, and none between them.
    """

    labels: Labels
    probabilities: NDArray[np.float32]
    #: Double quotation marks that belong together.
    pairs: list[Pair]
    #: Words whose capitals carry no information, because the whole text is in capitals; a mixed form still may.
    capitals: Sequence[int] = ()


class Labelling:
    """The labels chosen so far, and what may still be chosen."""

    def __init__(
        self,
        scores: Scores,
        document: Document,
        *,
        biases: Biases | None,
        calibration: Calibration | None,
        paragraphs: bool,
        carried: Carried | None,
        ends: bool,
    ) -> None:
        self.document, self.paragraphs = document, paragraphs
        self.carried, self.ends = carried or Carried(), ends
        self.scores, self.biases, self.calibration = scores, biases, calibration or (1.0, 0.0)
        #: With them, scores become log probabilities head by head. A copy of all scores would be the largest array.
        self.normalisers = normalisers(scores)
        self.n = len(document.words)
        self.shown = document.shown
        self.labels: Labels = np.zeros((self.n, len(HEADS)), np.int8)
        #: Gaps, before word *g*, that may gain a mark.
        self.open_gap = document.free.copy()
        # The gap before a document that continues a text was written with the document before it.
        self.open_gap[0] &= carried is None

    def head(self, head: int) -> Scores:
        """Compute the log probabilities of one head, biases included."""
        classes = slice(OFFSETS[head], OFFSETS[head + 1])
        logs: Scores = self.scores[:, classes] - self.normalisers[:, head, np.newaxis]
        return logs if self.biases is None else logs + self.biases[classes]

    def log(self, word: int | NDArray[np.intp], head: int, label: int | NDArray[np.int8]) -> Any:
        """Compute the log probabilities of single labels, without biases."""
        return self.scores[word, OFFSETS[head] + label] - self.normalisers[word, head]

    def likely(self, head: int, least: float) -> NDArray[np.bool_]:
        """Return for which words *head* has more than *least* probability for any class but the first."""
        likely: NDArray[np.bool_] = self.log(np.arange(self.n), head, 0) < np.log1p(-least)
        return likely

    def choose(self, head: int, allowed: NDArray[np.bool_]) -> None:
        """Choose the most likely allowed class of each word, the first if none is; *allowed*: bool, a row a word."""
        self.labels[:, head] = np.where(allowed, self.head(head), -np.inf).argmax(axis=1)

    def allow(self, head: int, before: Iterable[int], after: Iterable[int]) -> NDArray[np.bool_]:
        """Return which classes are allowed: those that the text shows, else none and those its gap has room for.

        *before* and *after* are the classes that need the gap before or after the word.
        """
        before, after = tuple(before), tuple(after)
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
