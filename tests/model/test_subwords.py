import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from newsnorm.model.subwords import LONGEST, Vocabulary, windows

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "ira", "##q", "iraq", "##is", "s", "sao"]


def test_the_longest_piece_wins():
    vocabulary = Vocabulary(PIECES)
    assert vocabulary["iraq"] == (6,)
    assert vocabulary["iraqis"] == (6, 7)
    assert vocabulary["iraqx"] == (1,)


def test_accents_are_read_without():
    assert Vocabulary(PIECES)["são"] == (9,)


def test_long_and_empty_words_are_unknown():
    vocabulary = Vocabulary([*PIECES, "a", "##a"])
    assert vocabulary["a" * 100_000] == (1,)
    assert len(vocabulary["a" * LONGEST]) == LONGEST
    assert vocabulary["\u0301"] == (1,)


def test_encode_tells_where_words_end():
    ids, ends = Vocabulary(PIECES).encode(["iraqis", "s"])
    assert ids.tolist() == [2, 6, 7, 8, 3]
    assert ends.tolist() == [2, 3]


@given(st.integers(0, 2000), st.integers(0, 40), st.integers(1, 200))
def test_kept_parts_tile_the_row(length, margin, extra):
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


def test_words_are_remembered_and_not_too_many_of_them(monkeypatch):
    monkeypatch.setattr("newsnorm.model.subwords.REMEMBERED", 2)
    vocabulary = Vocabulary(PIECES)
    for _ in range(2):
        assert [vocabulary[word] for word in ("iraq", "s", "sao", "iraq")] == [(6,), (8,), (9,), (6,)]
        assert len(vocabulary._words) <= 2
    kept = vocabulary["iraqis"]
    assert vocabulary["iraqis"] is kept
