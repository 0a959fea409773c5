"""Words: what flat text is, and case that can be changed and changed back."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import STORIES, every_text

from newsnorm.words import WORD, flatten, lower, title, upper


@given(every_text)
def test_flat_text_is_words_and_single_spaces(text):
    flat = flatten(text)
    assert flat.split(" ") == WORD.findall(flat) or flat == ""
    assert flatten(flat) == flat


@given(every_text, every_text)
def test_flattening_joined_texts_equals_joining_flat_texts(one, other):
    assert flatten(one + " " + other) == " ".join(filter(None, (flatten(one), flatten(other))))


@given(st.text(min_size=1, max_size=5))
def test_changing_the_case_of_a_word_is_reversible(word):
    for change in (upper, title):
        assert lower(change(lower(word))) == lower(word)
        assert len(change(word)) == len(lower(word)) == len(word)


def test_the_case_of_every_unicode_letter_is_reversible():
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        low = lower(letter)
        assert len(low) == 1
        assert lower(upper(low)) == low
        if low != letter:
            assert upper(low) == letter


@pytest.mark.parametrize("letter", [*"ßıſςŉẞİ\u212a"])
def test_letters_whose_case_is_not_reversible_are_unchanged(letter):
    assert lower(letter) == letter
    assert upper(letter) == letter


def test_combining_marks_belong_to_the_letter_before_them():
    decomposed = unicodedata.normalize("NFD", "São")
    assert flatten(decomposed + " Paulo") == decomposed.lower() + " paulo"
    assert flatten("\u0301 a") == "a"


def test_seed_stories_flatten_to_their_flat_files():
    from strategies import SEEDS

    for name, story in STORIES.items():
        assert flatten(story) + "\n" == (SEEDS / f"{name}.flat.txt").read_text(encoding="utf-8"), name


def test_flatten_refuses_other_types_with_a_remedy():
    with pytest.raises(TypeError, match=r"decode it first"):
        flatten(b"iraq")
    with pytest.raises(TypeError, match=r"restore_many"):
        flatten(["iraq"])
    with pytest.raises(TypeError, match=r"not int"):
        flatten(5)
