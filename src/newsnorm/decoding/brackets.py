"""Brackets: pairs of round or square ones, which do not nest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from newsnorm.decoding.labelling import Labelling
from newsnorm.decoding.search import IRREGULAR, NEGLIGIBLE, OUTSIDE, Step, best_path
from newsnorm.labels import HEADS, heads

#: The states other than `OUTSIDE`.
IN_ROUND, IN_SQUARE = 1, 2
#: The cost of each word in brackets, in nats. Half of all brackets hold two words, one in a hundred holds forty.
COST_PER_WORD = 0.05

#: State, class, next state.
_MOVES = tuple(
    (state, heads.BRACKETS[form], target)
    for state, targets in (
        (OUTSIDE, {"": OUTSIDE, "(": IN_ROUND, "()": OUTSIDE, "[": IN_SQUARE, "[]": OUTSIDE}),
        (IN_ROUND, {"": IN_ROUND, ")": OUTSIDE}),
        (IN_SQUARE, {"": IN_SQUARE, "]": OUTSIDE}),
    )
    for form, target in targets.items()
)


def pair_brackets(labelling: Labelling) -> None:
    """Choose the brackets, in pairs."""
    allowed = labelling.allow(heads.BRACKET, heads.OPENING_BRACKETS, heads.CLOSING_BRACKETS)
    shown = labelling.shown[:, heads.BRACKET]
    for half, whole in (("(", "()"), (")", "()"), ("[", "[]"), ("]", "[]")):
        gap = labelling.open_gap[1:] if heads.BRACKETS[half] in heads.OPENING_BRACKETS else labelling.open_gap[:-1]
        allowed[:, heads.BRACKETS[whole]] |= (shown == heads.BRACKETS[half]) & gap
    steps = _steps(labelling, allowed)
    for i, (c,) in best_path(steps, 3, begin=labelling.carried.bracket, free_end=not labelling.ends):
        labelling.labels[i, heads.BRACKET] = c


def _steps(labelling: Labelling, allowed: NDArray[np.bool_]) -> Iterator[tuple[int, Step]]:
    """Yield the moves at each word where brackets are likely or shown."""
    shown, scores = labelling.shown[:, heads.BRACKET], labelling.head(heads.BRACKET)
    # News writes "Paul Ryan (R-Wis.) said" or "Paul Ryan, R-Wis., said", never both: no comma before a bracket.
    marks, opening, last = labelling.head(heads.MARK), list(heads.OPENING_BRACKETS), 0
    others = np.delete(marks[:-1], heads.MARKS[","], axis=1).max(axis=1)
    scores[1:, opening] += np.minimum(0, others - marks[:-1, heads.MARKS[","]])[:, np.newaxis]
    for i in map(int, np.flatnonzero((shown != 0) | labelling.likely(heads.BRACKET, NEGLIGIBLE))):
        moves = [move for move in _MOVES if allowed[i, move[1]]]
        step: Step = []
        # A word in brackets within brackets costs twice as much as one surplus bracket: "a b) c)", once written as
        # "a (b) c)", must not become "(a (b) c)".
        irregular = IRREGULAR * len(HEADS["bracket"][shown[i]])
        for inside in (OUTSIDE, IN_ROUND, IN_SQUARE):
            length = COST_PER_WORD * (i - last) if inside else 0.0
            legal: Step = [
                ((inside, (c,)), to, float(scores[i, c]) - length) for source, c, to in moves if source == inside
            ]
            step += legal or [((inside, (int(shown[i]),)), inside, irregular - length)]
        yield i, step
        last = i
