"""Where a text that is too long to hold may be cut, and what is left open there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from newsnorm.decoding.brackets import IN_ROUND, IN_SQUARE
from newsnorm.decoding.labelling import Carried, Decoded
from newsnorm.decoding.quotes import IN_DOUBLE, IN_SINGLE
from newsnorm.decoding.search import OUTSIDE
from newsnorm.document import Document
from newsnorm.labels import Labels, heads

#: The state does not change.
_SAME = -1
#: The state of the quotations after each class of ``close`` and of ``open``.
_AFTER_CLOSE = np.array([_SAME, OUTSIDE, IN_DOUBLE, OUTSIDE])
_AFTER_OPEN = np.array([_SAME, IN_DOUBLE, IN_SINGLE, IN_SINGLE])
#: The same for brackets, which open before the word and close after it.
_AFTER_BRACKET = np.array([OUTSIDE if c in heads.CLOSING_BRACKETS else _SAME for c in heads.BRACKETS.values()])
_BEFORE_BRACKET = np.array([{"(": IN_ROUND, "[": IN_SQUARE}.get(form[:1], _SAME) for form in heads.BRACKETS])


def choose(document: Document, decoded: Decoded, carried: Carried | None, threshold: float) -> tuple[int, Carried]:
    """Choose the gap to cut at.

    The last sixth of the words is too near the end to be decided. In the second half of the rest, take the last
    sentence start outside quotations and brackets, or else the last sentence start, or else the last gap.

    *document* has two words at least, *carried* is what was open at its beginning, and marks less likely than
    *threshold* are not written. Return the number of the word before which to cut, from 1, and what is open there.
    """
    labels, n = decoded.labels, len(document.words)
    quotes, brackets = open_after(labels, carried or Carried())
    last = max(1, n * 5 // 6)
    gaps = np.arange(max(1, last // 2), last + 1)
    starts = (labels[gaps, heads.START] == 1) & ~document.address[gaps]
    rank = starts.astype(int) + (starts & (quotes[gaps] == OUTSIDE) & (brackets[gaps] == OUTSIDE))
    cut = int(gaps[len(gaps) - 1 - rank[::-1].argmax()])
    # All marks of a pair share its probability, so the last opening mark decides whether any of them is written.
    opened = np.flatnonzero(labels[: cut + 1, heads.OPEN])
    written = carried is None or carried.written
    if len(opened):
        written = float(decoded.probabilities[opened[-1], heads.OPEN]) >= threshold
    return cut, Carried(bool(labels[cut, heads.START]), int(quotes[cut]), int(brackets[cut]), written)


def open_after(labels: Labels, carried: Carried) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Return what is open after each gap but the last, quotations and brackets; shape ``(n_words,)`` each."""
    closes = np.append(_SAME, _AFTER_CLOSE[labels[:-1, heads.CLOSE]])
    opens = _AFTER_OPEN[labels[:, heads.OPEN]]
    closing = np.append(_SAME, _AFTER_BRACKET[labels[:-1, heads.BRACKET]])
    opening = _BEFORE_BRACKET[labels[:, heads.BRACKET]]
    return _carry(opens, closes, carried.quote), _carry(opening, closing, carried.bracket)


def _carry(opens: NDArray[np.int_], closes: NDArray[np.int_], begin: int) -> NDArray[np.int_]:
    """Carry the state from gap to gap: what opens in a gap comes after what closes there."""
    states = np.where(opens != _SAME, opens, closes)
    if states[0] == _SAME:
        states[0] = begin
    last = np.maximum.accumulate(np.where(states != _SAME, np.arange(len(states)), 0))
    carried: NDArray[np.int_] = states[last]
    return carried
