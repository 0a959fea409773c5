"""Subwords: how words are split into pieces, and long texts into windows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from newsnorm.model.subwords import LONGEST, Vocabulary, windows

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "ira", "##q", "iraq", "##is", "s", "sao"]


def test_a_word_is_split_into_the_longest_pieces():
    vocabulary = Vocabulary(PIECES)
    assert vocabulary["iraq"] == (6,)
    assert vocabulary["iraqis"] == (6, 7)
    assert vocabulary["iraqx"] == (1,)


def test_accents_are_ignored():
    assert Vocabulary(PIECES)["são"] == (9,)


def test_overlong_words_and_bare_combining_marks_are_unknown():
    vocabulary = Vocabulary([*PIECES, "a", "##a"])
    assert vocabulary["a" * 100_000] == (1,)
    assert len(vocabulary["a" * LONGEST]) == LONGEST
    assert vocabulary["\u0301"] == (1,)


def test_encode_returns_the_end_of_each_word():
    ids, ends = Vocabulary(PIECES).encode(["iraqis", "s"])
    assert ids.tolist() == [2, 6, 7, 8, 3]
    assert ends.tolist() == [2, 3]


@given(st.integers(0, 2000), st.integers(0, 40), st.integers(1, 200))
def test_the_kept_parts_of_the_windows_tile_the_row(length, margin, extra):
    size = 2 * margin + extra
    kept, read = [], 0
    cut = windows(length, size, margin)
    for window in cut:
        assert 0 <= window.begin <= window.keep_begin <= window.keep_end <= window.end <= length
        assert window.end - window.begin <= size
        kept += range(window.keep_begin, window.keep_end)
        read += window.end - window.begin
        assert window.keep_begin - window.begin >= margin or window.begin == 0
        assert window.end - window.keep_end >= margin or window.end == length
    assert kept == list(np.arange(length))
    assert read == length + (len(cut) - 1) * 2 * margin
    lengths = [window.end - window.begin for window in cut]
    assert max(lengths) - min(lengths) <= 1


def test_the_cache_of_words_is_bounded(monkeypatch):
    monkeypatch.setattr("newsnorm.model.subwords.REMEMBERED", 2)
    vocabulary = Vocabulary(PIECES)
    for _ in range(2):
        assert [vocabulary[word] for word in ("iraq", "s", "sao", "iraq")] == [(6,), (8,), (9,), (6,)]
        assert len(vocabulary._words) <= 2
    kept = vocabulary["iraqis"]
    assert vocabulary["iraqis"] is kept
