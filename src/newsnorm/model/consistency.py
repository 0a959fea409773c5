"""Evidence from the whole text: what occurs twice is written alike.

The encoder reads some 200 words at a time, so ``al sadr`` may be plain to it in one paragraph and doubtful in the next.
Here every mention of a word or phrase hears the others, and those that are sure of themselves speak loudest: the
squares of their probabilities are averaged. Nothing is read but the scores and the flat words, before anything that
the text shows is looked at, so the laws hold as if the model had said so.

Some differences are grammar, not doubt, and are left to each mention: whether ``president`` is a title here, and
whether ``long term`` stands before a noun. Only in the same company, after the same word and before the same word, are
these taken for one, too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from newsnorm.labels import heads
from newsnorm.model.scores import OFFSETS, Scores, log_sums

#: How much other mentions count against the own: of a word or a pair of words, and of three words. Chosen on all
#: development articles, like what follows; any power from 1 to 3 instead of the square gives much the same.
ALIKE, IN_COMPANY = 1.0, 0.5
#: Phrases of whose mentions each is surer than this are passed over, for speed: nothing would be written otherwise.
SURE = 0.95
#: What a class keeps of its odds, however sure the others are that it is wrong. A tenth of it gives the same.
FLOOR = 0.01
#: Natural-log probabilities below this one are taken for it, so that a class that is out of the question is a number.
_LEAST = -80.0

Phrases = NDArray[np.int64]


def pool(scores: Scores, words: Sequence[str]) -> Scores:
    """Let all mentions of a word or phrase hear one another.

    Args:
        scores: float32, shape ``(n_words, sum(HEAD_SIZES.values()))``. They are changed: of a megabyte of text, scores
            take 37 MB, and a second copy would be what needs the most memory of all.
        words: The flat words.

    Returns:
        The same array.

    Cost: O(n log n) time in words, 1 to 2 microseconds a word, 1 % of what the encoder takes.
    """
    number = {word: i for i, word in enumerate(dict.fromkeys(words))}
    if len(number) == len(words):
        return scores
    ids = np.fromiter(map(number.__getitem__, words), np.int64, len(words))
    # 5 200 here and 5 200 there say nothing of each other: a score, an address, a sum.
    ids[np.array([word[0].isdigit() for word in number], bool)[ids]] = -1
    pairs = _phrases(ids, ids[1:])
    # Before each of them goes the word before: the first is about the second word.
    triples = _phrases(pairs[1:], ids[:-1])
    _hear(scores, ids, heads.CASE, ALIKE, kept=heads.LOWER)
    _hear(scores, pairs, heads.JOIN, ALIKE, kept=heads.JOINS["-"])
    _hear(scores[1:], triples, heads.JOIN, IN_COMPANY)
    _hear(scores[1:], triples, heads.CASE, IN_COMPANY)
    return scores


def _phrases(some: Phrases, others: Phrases) -> Phrases:
    """Number the pairs of *some* and *others*, as far as both go; -1 where either is -1."""
    n = min(len(some), len(others))
    some, others = some[:n], others[:n]
    both = np.where((some < 0) | (others < 0), -1, some * (others.max(initial=0) + 1) + others)
    # Numbered anew, or the product would be too large for three words of a long text.
    numbers: Phrases = np.unique(both, return_inverse=True)[1] - int(both.min(initial=0) < 0)
    return numbers


def _hear(scores: Scores, phrases: Phrases, head: int, weight: float, kept: int | None = None) -> None:
    """Pool the scores of *head*, each row with those of its phrase; the class *kept* keeps its probability."""
    counts = np.bincount(phrases + 1, minlength=1)
    counts[0] = 0
    rows, part = np.flatnonzero(counts[phrases + 1] > 1), slice(OFFSETS[head], OFFSETS[head + 1])
    phrases, own = phrases[rows], scores[rows, part]
    own -= log_sums(own)[:, np.newaxis]
    doubtful = np.bincount(phrases, own.max(axis=1) < np.log(SURE))[phrases] > 0
    scores[rows[doubtful], part] = _heard(own[doubtful], phrases[doubtful], weight, kept)


def _heard(own: Scores, phrases: Phrases, weight: float, kept: int | None) -> Scores:
    """Add to each mention's log probabilities what the other mentions of its phrase say."""
    own = np.maximum(own, _LEAST)
    others = np.bincount(phrases)[phrases] - 1
    heard = np.empty_like(own)
    for c in range(own.shape[1]):
        squares = np.exp(2 * own[:, c])
        rest = np.maximum(np.bincount(phrases, squares)[phrases] - squares, 0) / others
        heard[:, c] = own[:, c] + weight * np.log(rest + FLOOR)
    if kept is not None:
        free = np.arange(own.shape[1]) != kept
        heard[:, free] += (log_sums(own[:, free]) - log_sums(heard[:, free]))[:, np.newaxis]
        heard[:, kept] = own[:, kept]
    return heard
