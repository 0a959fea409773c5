"""Document-level consistency: a word or phrase that occurs twice gets the same form.

The encoder reads some 350 words at a time, so ``al sadr`` may be clear to it in one paragraph and doubtful in the next.
Here the scores of all mentions of a word or phrase are combined. Confident mentions carry the most weight, because the
squares of their probabilities are averaged. Only the scores and the flat words are used, never the marks of the text,
so the laws hold as if the model had given these scores.

Some differences are grammar, not doubt, and stay: whether ``president`` is a title, and whether ``long term`` precedes
a noun. For these, only mentions with the same neighbours count.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from newsnorm.labels import heads
from newsnorm.model.scores import OFFSETS, Scores, log_sums

#: The weight of the other mentions against a mention's own scores: mentions of a word or a pair of words, and of three
#: words. Chosen on all development articles, like the constants below; any power from 1 to 3 instead of the square
#: gives much the same results.
WORD_WEIGHT, TRIGRAM_WEIGHT = 1.0, 0.5
#: A phrase is skipped if all its mentions are more likely than this, because its labels would not change.
SURE = 0.95
#: The share of its odds that a class keeps, however unlikely the other mentions make it. A tenth of this value gives
#: the same results.
FLOOR = 0.01
#: The lowest natural-log probability, so that even an impossible class has a finite one.
_LEAST = -80.0

Phrases = NDArray[np.int64]


def make_consistent(scores: Scores, words: Sequence[str]) -> Scores:
    """Combine the scores of all mentions of each word or phrase; return *scores*.

    They are changed in place: for a megabyte of text they take 37 MB, and a copy would be the largest array in memory.

    Cost: O(n log n) time in words, 1 to 2 microseconds a word, 1 % of the encoder's time.
    """
    number = {word: i for i, word in enumerate(dict.fromkeys(words))}
    if len(number) == len(words):
        return scores
    ids = np.fromiter(map(number.__getitem__, words), np.int64, len(words))
    # 5 200 in two places may be two things: a score, an address, a sum.
    ids[np.array([word[0].isdigit() for word in number], bool)[ids]] = -1
    pairs = _phrases(ids, ids[1:])
    # Each triple includes the previous word, so the first one belongs to the second word.
    triples = _phrases(pairs[1:], ids[:-1])
    _combine(scores, ids, heads.CASE, WORD_WEIGHT, kept=heads.LOWER)
    _combine(scores, pairs, heads.JOIN, WORD_WEIGHT, kept=heads.JOINS["-"])
    _combine(scores[1:], triples, heads.JOIN, TRIGRAM_WEIGHT)
    _combine(scores[1:], triples, heads.CASE, TRIGRAM_WEIGHT)
    return scores


def _phrases(some: Phrases, others: Phrases) -> Phrases:
    """Number the pairs of *some* and *others*, up to the end of the shorter; -1 where either is -1."""
    n = min(len(some), len(others))
    some, others = some[:n], others[:n]
    both = np.where((some < 0) | (others < 0), -1, some * (others.max(initial=0) + 1) + others)
    # Renumbered, or the product would be too large for three words of a long text.
    numbers: Phrases = np.unique(both, return_inverse=True)[1] - int(both.min(initial=0) < 0)
    return numbers


def _combine(scores: Scores, phrases: Phrases, head: int, weight: float, kept: int | None = None) -> None:
    """Combine the scores of *head* within each phrase; the class *kept* keeps its probability."""
    counts = np.bincount(phrases + 1, minlength=1)
    counts[0] = 0
    rows, part = np.flatnonzero(counts[phrases + 1] > 1), slice(OFFSETS[head], OFFSETS[head + 1])
    phrases, own = phrases[rows], scores[rows, part]
    own -= log_sums(own)[:, np.newaxis]
    doubtful = np.bincount(phrases, own.max(axis=1) < np.log(SURE))[phrases] > 0
    scores[rows[doubtful], part] = _combined(own[doubtful], phrases[doubtful], weight, kept)


def _combined(own: Scores, phrases: Phrases, weight: float, kept: int | None) -> Scores:
    """Return the log probabilities of each mention, with those of the other mentions of its phrase added."""
    own = np.maximum(own, _LEAST)
    others = np.bincount(phrases)[phrases] - 1
    combined = np.empty_like(own)
    for c in range(own.shape[1]):
        squares = np.exp(2 * own[:, c])
        rest = np.maximum(np.bincount(phrases, squares)[phrases] - squares, 0) / others
        combined[:, c] = own[:, c] + weight * np.log(rest + FLOOR)
    if kept is not None:
        free = np.arange(own.shape[1]) != kept
        combined[:, free] += (log_sums(own[:, free]) - log_sums(combined[:, free]))[:, np.newaxis]
        combined[:, kept] = own[:, kept]
    return combined
