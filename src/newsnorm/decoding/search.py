"""The most likely path through a row of decisions, for marks that must pair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Quotation marks (brackets) in gaps (at words) where they are less likely than this are not considered. That leaves
#: one gap in 8, and one word in 50. A fifth of this value leaves a third of the gaps and changes 4 words in 200,000.
NEGLIGIBLE = 2e-2
#: The cost of an impossible move, in nats. Unbalanced marks in the text itself may still force one.
IRREGULAR = -1e6
#: The state in which nothing is open.
OUTSIDE = 0

#: A decision at one place: the state before it, and the classes that are written.
Move = tuple[int, tuple[int, ...]]
#: The possible decisions at one place: the move, the state after it, its score in nats.
Step = list[tuple[Move, int, float]]


def best_path(
    steps: Iterable[tuple[int, Step]], states: int, *, begin: int = OUTSIDE, free_end: bool = False
) -> list[tuple[int, tuple[int, ...]]]:
    """Find the most likely path through *steps* that ends with nothing open.

    The first of several equally likely moves wins, so that the result is unique.

    *steps* are the places in their order, with the possible decisions there. They are read once and not kept: one move
    for each state is all that is needed of a step, a tenth of the memory. The path starts in state *begin*; with
    *free_end* it may end in any state. Return the classes chosen at each place.
    """
    best = [0.0 if state == begin else -np.inf for state in range(states)]
    back: list[tuple[int, list[Move | None]]] = []
    for place, moves in steps:
        reached = [-np.inf] * states
        came: list[Move | None] = [None] * states
        for move, target, score in moves:
            total = best[move[0]] + score
            if total > reached[target]:
                reached[target], came[target] = total, move
        best = reached
        back.append((place, came))
    # Only marks in the text itself can leave something open at its end.
    state = int(np.argmax(best)) if free_end or max(best[1:]) > best[OUTSIDE] - IRREGULAR else OUTSIDE
    path = []
    for place, came in reversed(back):
        last = came[state]
        assert last is not None
        state, classes = last
        path.append((place, classes))
    return path[::-1]


def rows(*arrays: NDArray[Any]) -> Iterator[tuple[Any, ...]]:
    """Iterate over *arrays* in parallel, as Python numbers. A long text has too many of them to hold at once."""
    for begin in range(0, len(arrays[0]), 4096):
        yield from zip(*(array[begin : begin + 4096].tolist() for array in arrays), strict=True)
