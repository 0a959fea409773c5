"""Where a text too long to be held may be cut, and what is left open there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from newsnorm.decoding import Decoded
from newsnorm.decoding.paths import DOUBLE, OUTSIDE, SINGLE, Before
from newsnorm.document import Document
from newsnorm.labels import Labels, heads

#: State of the quotations after each class of ``close`` and ``open``; -1 where it stays what it was.
_AFTER_CLOSE = np.array([-1, OUTSIDE, DOUBLE, OUTSIDE])
_AFTER_OPEN = np.array([-1, DOUBLE, SINGLE, SINGLE])
#: The same for brackets, which open before the word and close after it.
_AFTER_BRACKET = np.array([0 if i in heads.CLOSING_BRACKETS else -1 for i in heads.BRACKETS.values()])
_BEFORE_BRACKET = np.array([{"": -1, "(": 1, "[": 2, ")": -1, "]": -1}[form[:1]] for form in heads.BRACKETS])


def choose(document: Document, decoded: Decoded, before: Before | None, threshold: float) -> tuple[int, Before]:
    """Choose the gap to cut at, and say what is open there.

    The last sixth of the words is too near the end to be decided. Of the rest the latter half is looked through, for
    the last sentence start outside quotations and brackets, or the last sentence start, or the last gap.

    Args:
        document: What is in hand, of two words at least.
        decoded: Its labels.
        before: What was open at its beginning.
        threshold: Marks less likely than this are not written.

    Returns:
        The number of the word before which to cut, from 1, and what is left open there.
    """
    labels, n = decoded.labels, len(document.words)
    quotes, brackets = open_after(labels, before or Before())
    last = max(1, n * 5 // 6)
    gaps = np.arange(max(1, last // 2), last + 1)
    starts = (labels[gaps, heads.START] == 1) & ~document.address[gaps]
    rank = starts.astype(int) + (starts & (quotes[gaps] == OUTSIDE) & (brackets[gaps] == 0))
    cut = int(gaps[len(gaps) - 1 - rank[::-1].argmax()])
    # All marks of a pair share its probability: the last that opened tells whether any of them is written.
    opened = np.flatnonzero(labels[: cut + 1, heads.OPEN])
    written = before is None or before.written
    if len(opened):
        written = float(decoded.probabilities[opened[-1], heads.OPEN]) >= threshold
    return cut, Before(bool(labels[cut, heads.START]), int(quotes[cut]), int(brackets[cut]), written)


def open_after(labels: Labels, before: Before) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Tell what is open after each gap but the last, quotations and brackets; shape ``(n_words,)`` each."""
    closes = np.append(-1, _AFTER_CLOSE[labels[:-1, heads.CLOSE]])
    opens = _AFTER_OPEN[labels[:, heads.OPEN]]
    closing = np.append(-1, _AFTER_BRACKET[labels[:-1, heads.BRACKET]])
    opening = _BEFORE_BRACKET[labels[:, heads.BRACKET]]
    return _carry(opens, closes, before.quote), _carry(opening, closing, before.bracket)


def _carry(opens: NDArray[np.int_], closes: NDArray[np.int_], begin: int) -> NDArray[np.int_]:
    """Keep the state from gap to gap: what opens in a gap comes after what closes there."""
    states = np.where(opens >= 0, opens, closes)
    if states[0] < 0:
        states[0] = begin
    last = np.maximum.accumulate(np.where(states >= 0, np.arange(len(states)), 0))
    carried: NDArray[np.int_] = states[last]
    return carried
