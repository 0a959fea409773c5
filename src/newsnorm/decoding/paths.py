"""What must pair: the moves of quotation marks and brackets, and the likeliest way through them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from newsnorm.labels import Labels, heads

#: The cost of what cannot be, which the text's own unbalanced marks may still force.
IRREGULAR = -1e6
#: The cost of a single quotation that never closes. It ends with its line, because nobody can tell a closing mark in
#: a later one from an apostrophe; to close it there would cost more where the text itself leaves it open.
LAPSE = -5.0

#: What is done at one place: the state in which it is done, and the classes that are written.
Move = tuple[int, tuple[int, ...]]
#: What may happen at one place: the move, the state after it, its score in nats.
Step = list[tuple[Move, int, float]]


@frozen
class Before:
    """What the text before a document that goes on from it leaves open: see ``newsnorm.stream``."""

    #: A sentence starts at the first word.
    starts: bool = True
    #: What is open: nothing, a double quotation, a single one within it; nothing, a round bracket, a square one.
    quote: int = 0
    bracket: int = 0
    #: Whether the mark that opened the quotation was likely enough to be written.
    written: bool = True


# States: outside, inside a double quotation, inside a single one within it. Source, close, open, target.
OUTSIDE, DOUBLE, SINGLE = range(3)
_QUOTE_MOVES = (
    (0, 0, 0, 0), (0, 0, 1, 1), (0, 0, 3, 2),
    (1, 0, 0, 1), (1, 0, 1, 1), (1, 0, 2, 2), (1, 0, 3, 2), (1, 1, 0, 0), (1, 1, 1, 1), (1, 1, 3, 2),
    (2, 0, 0, 2), (2, 2, 0, 1), (2, 2, 2, 2), (2, 3, 0, 0), (2, 3, 1, 1), (2, 3, 3, 2),
)  # fmt: skip # a row a state
#: What may open in the double quotation that is left where a line ends: open, target.
_LAPSES = ((0, 1), (1, 1), (3, 2))


@lru_cache(maxsize=1024)
def legal_quotes(
    closes: tuple[tuple[int, ...], ...], opens: tuple[int, ...], line: bool, paragraph: bool, shown: tuple[int, int]
) -> Step:
    """List the moves that the marks in a gap allow; classes are those of ``close`` and ``open``, scores penalties.

    Args:
        closes: Closing classes by what is open.
        opens: Opening classes.
        line: A line starts there, so that a single quotation does not run on.
        paragraph: A paragraph starts there, so that a quotation that runs on is opened again.
        shown: The closing and the opening class in the text. Where they fit nothing that may be open, the text is
            unbalanced, and they are taken as they are.
    """
    moves: Step = []
    for state in range(3):
        legal: Step = [
            ((state, (c, o)), target, 0.0)
            for source, c, o, target in _QUOTE_MOVES
            if source == state and c in closes[state] and o in opens
            # A quotation that runs on opens again at a new paragraph, and nowhere else.
            if not (state == 1 and c == 0 and (o in heads.DOUBLE_MARKS) != paragraph)
            if not (state == 2 and c == 0 and line)
        ]
        if state == 2 and line and 0 in closes[2]:
            legal += [((2, (0, o)), target, LAPSE) for o, target in _LAPSES if o in opens and (o == 0 or paragraph)]
        c, o = shown
        after = 1 if o in heads.DOUBLE_MARKS else 0 if c in heads.DOUBLE_MARKS else state
        moves += legal or [((state, (c, o)), after, IRREGULAR)]
    return moves


def tie_halves(
    pairs: Sequence[tuple[int, int, float]], opens: Collection[int], closes: Collection[int]
) -> list[tuple[int, int, float]]:
    """Give pairs that part a quotation of the text the probability of the least likely of them.

    ``“We left”: he said, “and fled”`` out of ``“We left he said and fled”``: the closing mark of one pair without the
    opening mark of the other would leave the text unbalanced.

    Args:
        pairs: The first and the last word of each, and its probability.
        opens: Words before which the text has an opening mark.
        closes: Words after which the text has a closing mark.
    """
    tied, begun, starts = list(pairs), -1, sorted(opens)
    for k, (begin, end, _) in enumerate(pairs):
        # Where the text opens again, in a new paragraph of its quotation, what was parted before is whole.
        if begun >= 0 and (begin in opens or end in closes):
            until = k if begin in opens else k + 1
            least = min(probability for *_, probability in pairs[begun:until])
            tied[begun:until] = [(first, last, least) for first, last, _ in pairs[begun:until]]
            begun = -1
        # The opening mark of the text may also be one that a pair begun before it opens again with.
        if begun < 0 and end not in closes and bisect_left(starts, begin) < bisect_right(starts, end):
            begun = k
    return tied


def share_probability(
    labels: Labels,
    probabilities: NDArray[np.float32],
    pairs: Sequence[tuple[int, int, float]],
    newline: NDArray[np.bool_],
) -> None:
    """Give both ends of each pair, what is nested in it and where it opens again the probability of the whole.

    Where it opens again because a new paragraph will begin, it does so only if that is likely enough to be written.

    Args:
        labels: The labels of a document.
        probabilities: Of the same shape; changed.
        pairs: The first and the last word of each, and its probability.
        newline: bool, shape ``(n_words + 1,)``: the text breaks the line before the word.
    """
    for begin, end, probability in pairs:
        probabilities[begin, heads.OPEN] = probabilities[end, heads.CLOSE] = probability
        for i in range(begin, end + 1):
            if i > begin and labels[i, heads.OPEN]:
                probabilities[i, heads.OPEN] = probability
                if labels[i, heads.OPEN] != heads.OPENS["'"] and not newline[i]:
                    probabilities[i, heads.OPEN] = min(probability, probabilities[i - 1, heads.PARAGRAPH])
            if i < end and labels[i, heads.CLOSE]:
                probabilities[i, heads.CLOSE] = probability


# States: outside, inside round brackets, inside square ones. Source, class, target.
BRACKET_MOVES = tuple(
    (source, heads.BRACKETS[form], target)
    for source, form, target in (
        (0, "", 0), (1, "", 1), (2, "", 2),
        (0, "(", 1), (1, ")", 0), (0, "()", 0),
        (0, "[", 2), (2, "]", 0), (0, "[]", 0),
    )
)  # fmt: skip # a row a state


def best_path(
    steps: Iterable[tuple[int, Step]], states: int, *, begin: int = 0, free_end: bool = False
) -> list[tuple[int, tuple[int, ...]]]:
    """Find the likeliest way through *steps* that begins and ends with nothing open (state 0).

    Ties go to the move that is listed first, so that the answer is one.

    Args:
        steps: Places, in their order, with what may happen there. Read once and not kept, since of a step no more than
            one move a state is needed: a tenth of the memory.
        states: How many states there are.
        begin: The state to begin with instead.
        free_end: Any state may be the last.

    Returns:
        The classes chosen at each place.
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
    # Only marks that the text brought along can leave something open at its end.
    state = int(np.argmax(best)) if free_end or max(best[1:]) > best[0] - IRREGULAR else 0
    path = []
    for place, came in reversed(back):
        last = came[state]
        assert last is not None
        state, classes = last
        path.append((place, classes))
    return path[::-1]
