"""Evidence: what the text has already, and which of its gaps may gain something."""

import numpy as np
import pytest
from hypothesis import given
from strategies import every_text

from newsnorm.document import parse
from newsnorm.labels import HEADS, heads, read


@given(every_text)
def test_words_and_gaps_tile_the_text(text):
    document = parse(text)
    n = len(document.words)
    pieces = [document.separator(0)]
    for i, token in enumerate(document.tokens):
        assert text[document.begins[i] : document.ends[i]] == token
        pieces += [token, document.separator(i + 1)]
    assert "".join(pieces) == document.text == text
    assert len(document.bare) == len(document.free) == len(document.newline) == len(document.blank_line) == n + 1
    assert len(document.address) == len(document.shown) == n


@given(every_text)
def test_what_a_gap_shows_is_told_by_its_flags(text):
    document = parse(text)
    for g in range(len(document.words) + 1):
        separator = document.separator(g)
        assert document.bare[g] == (separator.strip() == "")
        if document.blank_line[g]:
            assert document.newline[g]
        if document.bare[g]:
            assert document.free[g]


@pytest.mark.parametrize(
    ("separator", "bare", "free"),
    [
        (" ", True, True),
        ("  ", True, True),
        ("\t", True, True),
        ("\n", True, True),
        (", ", False, True),
        (" , ", False, False),  # a mark that hangs on neither word
        ('," ', False, True),
        (' "', False, True),
        (" — ", False, True),
        (" -- ", False, True),
        (" ... ", False, True),
        (", — ", False, False),  # a mark too many for one set of labels
        ("-", False, False),
        ("'", False, False),
        (",", False, False),
        ("—", False, False),
        (" & ", False, False),
        (" * ", False, False),
        ("🙂", False, False),
        (" 🙂 ", False, False),
        ("\u200b", False, False),
        (", , ", False, False),
    ],
)
def test_gaps_between_words(separator, bare, free):
    document = parse(f"aa{separator}bb")
    assert (bool(document.bare[1]), bool(document.free[1])) == (bare, free)


@pytest.mark.parametrize(
    ("separator", "free"), [("", True), (" ", True), ('"', True), ("(", True), ("* ", False), ("🙂", False)]
)
def test_the_gap_before_the_first_word(separator, free):
    assert bool(parse(f"{separator}aa").free[0]) == free


@pytest.mark.parametrize(
    ("separator", "free"),
    [("", True), ("\n", True), (".", True), ('."', True), (" .", True), ('"—', True), (" *", False), ("🙂", False)],
)
def test_the_gap_after_the_last_word(separator, free):
    assert bool(parse(f"aa{separator}").free[1]) == free


@pytest.mark.parametrize(
    ("separator", "newline", "blank_line"),
    [(" ", 0, 0), ("\n", 1, 0), (" \n ", 1, 0), ("\n\n", 1, 1), ("\n \n", 1, 1), (",\n", 1, 0), (",\n\n", 1, 1)],
)
def test_line_breaks(separator, newline, blank_line):
    document = parse(f"aa{separator}bb")
    assert (document.newline[1], document.blank_line[1]) == (newline, blank_line)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("see https://example.org/a?b=c now", "https example a b c"),
        ("write to a.b@example.org now", ""),
        ("see aa=bb now", "aa bb"),
        ("see aa = bb now", ""),
        ("https://example", "https example"),
        ("the file_name here", "file name"),
        ("=aa bb=", ""),
    ],
)
def test_words_of_an_address_are_known(text, words):
    document = parse(text)
    assert " ".join(np.array(document.words)[document.address]) == words


def test_what_is_shown_are_the_labels_that_are_read():
    text = 'the army’s "so-called" men, 5,200 ($3) left — officials\' say.\n"No'
    document = parse(text)
    labels = read(text).labels
    marks = [k for k in range(len(HEADS)) if k not in (heads.START, heads.CASE)]
    assert (document.shown[:, marks] == labels[:, marks]).all()
    assert not document.shown[:, [heads.START, heads.CASE]].any()
