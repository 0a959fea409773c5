"""The search for the best path: no other path through the same steps is better."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsnorm.decoding.search import IRREGULAR, best_path

STATES = range(3)


@st.composite
def some_steps(draw):
    """Draw steps with a way out of every state, as in the decoder, and whole scores, so that many are equal."""
    steps = []
    for place in range(draw(st.integers(0, 5))):
        moves = draw(
            st.lists(st.tuples(st.sampled_from(STATES), st.sampled_from(STATES), st.integers(-9, 0)), max_size=6)
        )
        moves += [(state, state, IRREGULAR) for state in STATES if all(source != state for source, *_ in moves)]
        numbered = enumerate(moves)
        steps.append((place, [((source, (k,)), target, float(score)) for k, (source, target, score) in numbered]))
    return steps


def every_path(steps, state):
    """List every path through *steps*: its score, the numbers of its moves and its final state."""
    if not steps:
        return [(0.0, [], state)]
    (place, moves), *others = steps
    return [
        (score + rest, [(place, classes), *path], end)
        for (source, classes), target, score in moves
        if source == state
        for rest, path, end in every_path(others, target)
    ]


@given(some_steps(), st.sampled_from(STATES), st.booleans())
def test_no_other_path_is_better_than_the_one_found(steps, begin, free_end):
    ranked = sorted(
        ((score + IRREGULAR * (end != 0 and not free_end), path) for score, path, end in every_path(steps, begin)),
        key=lambda ranked: ranked[0],
        reverse=True,
    )
    found = best_path(steps, len(STATES), begin=begin, free_end=free_end)
    best = [path for score, path in ranked if score == ranked[0][0]]
    assert found in best


@pytest.mark.parametrize(("cost", "left_open"), [(IRREGULAR + 1, False), (IRREGULAR, False), (IRREGULAR - 1, True)])
def test_nothing_is_left_open_unless_closing_costs_more_than_an_irregular_mark(cost, left_open):
    steps = [(3, [((0, (7,)), 0, cost), ((0, (8,)), 1, 0.0)])]
    assert best_path(steps, 3) == [(3, (8,) if left_open else (7,))]
    assert best_path(steps, 3, free_end=True) == [(3, (8,))]


def test_what_no_move_closes_is_left_open():
    assert best_path([(3, [((0, (7,)), 1, -5.0), ((0, (8,)), 2, -4.0)])], 3) == [(3, (8,))]
    assert best_path([(3, [((0, (7,)), 1, -5.0)])], 3) == [(3, (7,))]
