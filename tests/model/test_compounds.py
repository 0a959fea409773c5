"""Compounds: a table is read as it was written, and the number of a pair depends only on its words."""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsnorm.model import compounds
from newsnorm.model.compounds import (
    COMMON,
    FEATURES,
    HYPHEN,
    Compounds,
    hyphen_odds,
    number_pairs,
    number_words,
    parse_weights,
    to_bytes,
)
from newsnorm.model.scores import OFFSETS, log_softmax

ABSENT = [1.0, 0, 0, 0, 0]


def pairs_of(text):
    return number_pairs(number_words(text.split()))


def table(**counts):
    """Make a table from ``cease_fire=(3, 4)``: seen four times, three of them with a hyphen."""
    rows = sorted((int(pairs_of(name.replace("_", " "))[0]), *count) for name, count in counts.items())
    pairs, hyphened, total = np.array(rows, np.int64).reshape(-1, 3).T
    return to_bytes(pairs.astype(np.uint32), hyphened, total)


def test_docstring_examples_hold():
    found = doctest.testmod(compounds)
    assert found.attempted
    assert not found.failed


def test_a_known_pair_has_its_counts_and_other_pairs_are_absent():
    found = Compounds.read(table(cease_fire=(3, 4), set_up=(10, 100)))
    rows = found.features[found.find(pairs_of("a cease fire is set up fire cease"))]
    rare, common = np.log(3.5 / 1.5), np.log(10.5 / 90.5)
    expected = [ABSENT, [0, 1, rare, 0, 0], ABSENT, ABSENT, [0, 0, 0, 1, common], ABSENT, ABSENT]
    assert rows == pytest.approx(np.array(expected))
    assert len(FEATURES) == rows.shape[1] + 1
    assert found.has(found.find(pairs_of("a cease fire is set up fire cease"))).tolist() == [0, 1, 0, 0, 1, 0, 0]


def test_hyphen_odds_are_those_against_all_other_joins():
    scores = np.random.default_rng(1).normal(size=(5, OFFSETS[-1])).astype(np.float32)
    likely = np.exp(log_softmax(scores)[:, HYPHEN])
    assert hyphen_odds(scores) == pytest.approx(np.log(likely / (1 - likely)), abs=1e-5)


def test_a_pair_is_common_from_a_fixed_number_of_occurrences():
    found = Compounds.read(table(set_up=(1, COMMON), kick_off=(1, COMMON - 1)))
    rows = found.features[found.find(np.concatenate([pairs_of("set up"), pairs_of("kick off")]))]
    assert rows[:, [1, 3]].tolist() == [[0, 1], [1, 0]]


def test_words_that_differ_only_in_digits_have_the_same_number():
    assert number_words(["24", "year"]).tolist() == number_words(["37", "year"]).tolist()
    assert number_words(["4th"]) == number_words(["9th"])
    assert number_words(["4"]) != number_words(["24"])


def test_texts_of_fewer_than_two_words_have_no_pairs():
    found = Compounds.read(b"")
    for words in ([], ["alone"]):
        assert found.find(number_pairs(number_words(words))).shape == (0,)
    assert found.features[found.find(pairs_of("cease fire"))].tolist() == [ABSENT]


words = st.text(alphabet=st.characters(), min_size=1, max_size=4)


@given(st.lists(words, min_size=2), st.data())
def test_the_number_of_a_pair_depends_only_on_its_two_words(text, data):
    at = data.draw(st.integers(0, len(text) - 2))
    assert number_pairs(number_words(text))[at] == number_pairs(number_words(text[at : at + 2]))[0]


counts = st.integers(1, 10**6).flatmap(lambda total: st.tuples(st.integers(1, total), st.just(total)))


@given(st.dictionaries(st.integers(0, 2**32 - 1), counts))
def test_a_written_table_is_read_back(known):
    numbers = np.array(sorted(known), np.uint32)
    hyphened, total = (np.array([known[n][i] for n in sorted(known)], np.int64) for i in (0, 1))
    data = to_bytes(numbers, hyphened, total)
    found = Compounds.read(data)
    assert len(data) == 6 * len(known)
    assert found.find(numbers).tolist() == list(range(len(known)))
    others = np.array([n for n in range(50) if n not in known], np.uint32)
    assert (found.find(others) == len(known)).all()
    exact = total <= 255
    kept = Compounds(numbers, hyphened, total)
    assert found.features[:-1][exact] == pytest.approx(kept.features[:-1][exact])
    # Of more common pairs the share is kept, as exactly as a byte allows.
    shares = [1 / (1 + np.exp(-one.features[:-1, 4])) for one in (found, kept)]
    assert shares[0] == pytest.approx(shares[1], abs=0.01)
    assert (found.features[:-1, [1, 3]] == kept.features[:-1, [1, 3]]).all()


BROKEN = {
    "cut off": table(cease_fire=(3, 4))[:-1],
    "not sorted": to_bytes(np.array([9, 7], np.uint32), np.array([1, 1]), np.array([1, 1])),
    "twice the same": to_bytes(np.array([7, 7], np.uint32), np.array([1, 1]), np.array([1, 1])),
    "more hyphens than pairs": table(cease_fire=(4, 3)),
    "never seen with a hyphen": table(cease_fire=(3, 4))[:4] + bytes([0, 4]),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_broken_table_is_refused(data):
    with pytest.raises(ValueError, match="pairs must be sorted, and seen with a hyphen"):
        Compounds.read(data)


def test_weights_missing_from_the_card_are_zero():
    assert parse_weights({"rare odds": 0.5, "absent": -1}).tolist() == [-1, 0, 0.5, 0, 0, 0]
    assert not parse_weights({}).any()
