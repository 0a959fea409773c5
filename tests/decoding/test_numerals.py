"""Numerals: commas separate only thousands, and no sign repeats what a word says."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsnorm.decoding import numerals
from newsnorm.decoding.numerals import is_grouped, is_named
from newsnorm.labels import heads


def test_docstring_examples_hold():
    found = doctest.testmod(numerals)
    assert found.attempted
    assert not found.failed


@given(st.integers(1000, 10**15))
def test_groups_of_thousands_may_be_separated(number):
    groups = f"{number:,}".split(",")
    assert is_grouped(["of", *groups, "men"]).tolist() == [False] + [True] * (len(groups) - 1) + [False, False]


@pytest.mark.parametrize(
    "flat", ["13 43", "0 3540", "2012 100", "3 5", "world 100", "100 world", "a 1b 300", "1 2345", "5"]
)
def test_other_numbers_are_not_separated(flat):
    assert not is_grouped(flat.split()).any()


@pytest.mark.parametrize("flat", ["1 500kg", "1 500th", "us1 500", "999 000"])
def test_letters_may_adjoin_a_grouped_number(flat):
    assert is_grouped(flat.split())[0]


@pytest.mark.parametrize(
    ("flat", "joins", "sign"),
    [
        ("5 dollars", "", "$"),
        ("5 million dollars", "", "$"),
        ("3 5 million dollars", ".", "$"),
        ("1 200 000 dollars", ",,", "$"),
        ("5 pounds and a dime", "", "£"),
        ("5 euros", "", "€"),
        ("5 percent", "", "%"),
        ("5 per cent", "", "%"),
    ],
)
def test_a_word_may_name_the_sign(flat, joins, sign):
    words = flat.split()
    row = [heads.JOINS[join] for join in joins] + [0] * (len(words) - len(joins))
    assert is_named(words, row, 0, heads.SIGNS[sign])
    assert not is_named(["many" if word[0] in "dpe" else word for word in words], row, 0, heads.SIGNS[sign])


@pytest.mark.parametrize(
    ("flat", "sign"),
    [("5", "$"), ("5 to 6 dollars", "$"), ("5 euros", "$"), ("5 per year", "%"), ("5 pounds", "#"), ("5 million", "$")],
)
def test_other_words_do_not_name_the_sign(flat, sign):
    assert not is_named(flat.split(), [0] * len(flat.split()), 0, heads.SIGNS[sign])
