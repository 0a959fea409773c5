from itertools import pairwise, product

import numpy as np
from conftest import WildScorer
from hypothesis import given
from hypothesis import strategies as st

from newsnorm import labels as L
from newsnorm.decode import OFFSETS, decode, log_softmax
from newsnorm.evidence import parse
from newsnorm.paths import best_path

STEPS = st.lists(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.floats(-9, 0), st.just(())).map(tuple),
        min_size=1,
        max_size=6,
    ),
    max_size=5,
)


@given(STEPS)
def test_best_path_is_what_brute_force_finds(steps):
    stay = [(s, s, -20.0, (9,)) for s in range(3)]
    moves = [[*((a, b, score, (k,)) for k, (a, b, score, _) in enumerate(step)), *stay] for step in steps]

    def total(path):
        state, score = 0, 0.0
        for source, target, cost, _ in path:
            if source != state:
                return -np.inf
            state, score = target, score + cost
        return score if state == 0 else -np.inf

    best = max(map(total, product(*moves)))
    found = best_path(list(enumerate(moves)), 3)
    state, score = 0, 0.0
    reached = {0: 0.0}
    for (_, classes), step in zip(found, moves, strict=True):
        reached = {
            t: max(reached[s] + c for s, u, c, k in step if k == classes and u == t and s in reached)
            for s0, t in {(s, u) for s, u, c, k in step if k == classes and s in reached}
        }
    del state, score
    assert np.isclose(reached[0], best)


def scores_for(words, **wanted):
    """Score every head's first class high, and the classes that *wanted* names by head and word higher."""
    scores = np.zeros((len(words), OFFSETS[-1]), np.float32)
    scores[:, OFFSETS[:-1]] = 5
    for head, forms in wanted.items():
        column = OFFSETS[list(L.HEADS).index(head)]
        for i, form in forms.items():
            scores[i, column + L.HEADS[head].index(form)] = 9
    return scores


def decoded(text, **wanted):
    document = parse(text)
    return decode(scores_for(document.words, **wanted), document)


def test_a_quotation_that_nobody_closes_is_not_opened():
    assert not decoded("we left he said", open={0: '"'}).labels[:, L.OPEN].any()


def test_a_likely_close_pulls_an_open_with_it():
    got = decoded("we left he said", close={1: '"'}, open={0: '"'})
    assert got.pairs == [(0, 1, got.pairs[0][2])]


def test_the_mark_in_the_text_stands():
    got = decoded("we left, he said", mark={1: "."})
    assert L.HEADS["mark"][got.labels[1, L.MARK]] == ","


def test_a_period_in_the_text_starts_a_sentence():
    assert decoded("we left. he said").labels[:, L.START].tolist() == [1, 0, 1, 0]


def test_a_gap_with_an_emoji_gains_nothing():
    got = decoded("we 🙂 left", mark={0: ","}, join={0: "-"}, open={1: '"'}, close={1: '"'})
    assert not got.labels[0].any() or got.labels[0, L.START]
    assert not got.labels[1, L.OPEN]


def test_a_quotation_opens_again_after_an_empty_line():
    got = decoded("we left\n\nwe fled he said", open={0: '"', 2: '"'}, close={3: '"'})
    assert got.reopened == {2}
    assert got.pairs[0][:2] == (0, 3)


def test_words_of_an_address_are_known():
    document = parse("write to https://example.org/a?b=c said")
    assert [word for word, part in zip(document.words, document.address, strict=True) if part] == [
        *("https", "example", "a", "b", "c")
    ]


def test_nothing_joins_across_a_line_break():
    assert not decoded("so\ncalled", join={0: "-"}).labels[:, L.JOIN].any()
    assert decoded("so called", join={0: "-"}).labels[0, L.JOIN] == L.JOINS["-"]


@given(st.integers(1, 50), st.integers(1, 5))
def test_log_softmax_is_a_distribution_for_each_head(n, seed):
    scores = next(WildScorer(seed).score_many([[str(k) for k in range(n)]]))
    logs = log_softmax(scores)
    for begin, end in pairwise(OFFSETS):
        assert np.allclose(np.exp(logs[:, begin:end]).sum(axis=1), 1, atol=1e-4)


def test_no_words():
    assert decode(np.zeros((0, OFFSETS[-1]), np.float32), parse("...")).pairs == []
