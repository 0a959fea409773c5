"""Probabilities: how likely each chosen label is, and each pair of quotation marks as a whole."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from newsnorm.decoding.labelling import Labelling, Pair
from newsnorm.labels import HEADS, Labels, heads
from newsnorm.labels.heads import DOUBLE_MARKS

#: No event is taken to be more likely, or less, than this permits: a certain event has no finite odds.
_LEAST_DOUBT = 1e-7


def probabilities(
    labelling: Labelling, pairs: Sequence[Pair], limits: NDArray[np.float32], capitals: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Return how likely each chosen label is, shape ``(n_words, n_heads)``.

    *pairs* are the double quotation marks; *limits*, float32 of shape ``(n_words,)``, the highest probability that each
    mark may have; *capitals* the words whose capitals carry no information.
    """
    labels, n = labelling.labels, labelling.n
    found = np.empty(labels.shape, np.float32)
    for head in range(len(HEADS)):
        found[:, head] = np.exp(labelling.log(np.arange(n), head, labels[:, head]))
    found[:, heads.MARK] = np.minimum(found[:, heads.MARK], limits)
    # A capital may come from the word or from the sentence that starts with it.
    first = np.flatnonzero((labels[:, heads.START] == 1) & (labels[:, heads.CASE] <= heads.TITLE))
    lowered = np.exp(labelling.log(first, heads.CASE, heads.LOWER))
    inner = np.exp(labelling.log(first, heads.START, 0))
    # A text starts with a sentence, but the model was never trained on that: it gave the capital of a first `the` 2 %.
    inner[first == 0] = 0
    found[first, heads.CASE] = 1 - lowered * inner
    share_probability(labels, found, pairs, labelling.document.newline)
    # These words are lowered because they should not be in capitals, whether they keep one capital or none.
    plain = capitals[labels[capitals, heads.CASE] <= heads.TITLE]
    found[plain, heads.CASE] = 1 - np.exp(labelling.log(plain, heads.CASE, heads.UPPER))
    return found


def pair_probability(labelling: Labelling, opened: int, closed: int | None = None) -> float:
    """Return how likely it is that one quotation runs from word *opened* to word *closed*, or to the end of the text.

    Both marks must be there and none between them: the closing mark of another quotation may be certain, but it does
    not belong to the opening mark of the last quotation but one.
    """
    end = labelling.n if closed is None else closed
    within, after = np.arange(opened, end), np.arange(opened + 1, min(end + 1, labelling.n))
    # A quotation that opens again with a new paragraph is the same quotation.
    again = np.isin(labelling.labels[after, heads.OPEN], DOUBLE_MARKS)
    opens, closes = _double(labelling, after, heads.OPEN), _double(labelling, within, heads.CLOSE)
    logs = [
        labelling.log(opened, heads.OPEN, labelling.labels[opened, heads.OPEN]),
        np.log(np.where(again, opens, 1 - opens)).sum(),
        np.log1p(-closes).sum(),
    ]
    if closed is not None:
        logs.append(labelling.log(closed, heads.CLOSE, labelling.labels[closed, heads.CLOSE]))
    log = min(float(sum(logs)), -_LEAST_DOUBT)
    slope, shift = labelling.calibration
    odds = slope * (log - np.log(-np.expm1(log))) + shift
    # As exact as all other probabilities, so that those of its marks are the same.
    return float(np.float32(np.exp(-np.logaddexp(0.0, -odds))))


def _double(labelling: Labelling, words: NDArray[np.intp], head: int) -> NDArray[np.float64]:
    """Return how likely each of *words* is to have a double mark, alone or next to a single one."""
    alone, nested = (np.exp(labelling.log(words, head, c).astype(float)) for c in DOUBLE_MARKS)
    likely: NDArray[np.float64] = np.clip(alone + nested, _LEAST_DOUBT, 1 - _LEAST_DOUBT)
    return likely


def tie_split_quotations(pairs: Sequence[Pair], opens: Collection[int], closes: Collection[int]) -> list[Pair]:
    """Return *pairs*; those that split a quotation of the text get the probability of the least likely of them.

    ``“We left”: he said, “and fled”`` out of ``“We left he said and fled”``: the closing mark of one pair without the
    opening mark of the other would leave the text unbalanced.

    *opens* are the words before which the text has an opening mark, *closes* those after which it has a closing mark.
    """
    tied, begun, starts = list(pairs), -1, sorted(opens)
    for k, (begin, end, _) in enumerate(pairs):
        # Where the text opens again, in a new paragraph of its quotation, what was split before is complete.
        if begun >= 0 and (begin in opens or end in closes):
            until = k if begin in opens else k + 1
            least = min(probability for *_, probability in pairs[begun:until])
            tied[begun:until] = [(first, last, least) for first, last, _ in pairs[begun:until]]
            begun = -1
        # The opening mark of the text may also be one with which an earlier pair opens again.
        if begun < 0 and end not in closes and bisect_left(starts, begin) < bisect_right(starts, end):
            begun = k
    return tied


def share_probability(
    labels: Labels, probabilities: NDArray[np.float32], pairs: Sequence[Pair], newline: NDArray[np.bool_]
) -> None:
    """Set the *probabilities* of all marks of a pair to that of the pair: its ends, nested marks, marks that reopen it.

    A mark that reopens it at a new paragraph is as likely as the paragraph, if that is less. *newline*: bool, shape
    ``(n_words + 1,)``: the text breaks the line before the word.
    """
    for begin, end, probability in pairs:
        probabilities[begin, heads.OPEN] = probabilities[end, heads.CLOSE] = probability
        for i in range(begin, end + 1):
            if i > begin and labels[i, heads.OPEN]:
                probabilities[i, heads.OPEN] = probability
                if labels[i, heads.OPEN] != heads.SINGLE and not newline[i]:
                    probabilities[i, heads.OPEN] = min(probability, probabilities[i - 1, heads.PARAGRAPH])
            if i < end and labels[i, heads.CLOSE]:
                probabilities[i, heads.CLOSE] = probability
