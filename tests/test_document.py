"""Documents: the words of a text, the labels its marks show, and the gaps that may gain marks."""

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
def test_the_flags_of_a_gap_match_its_separator(text):
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
        (" , ", False, False),  # a mark attached to neither word
        ('," ', False, True),
        (' "', False, True),
        (" — ", False, True),
        (" -- ", False, True),
        (" ... ", False, True),
        (", — ", False, False),  # one mark too many for the labels
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
def test_whether_a_gap_between_words_is_bare_and_free(separator, bare, free):
    document = parse(f"aa{separator}bb")
    assert (bool(document.bare[1]), bool(document.free[1])) == (bare, free)


@pytest.mark.parametrize(
    ("separator", "free"), [("", True), (" ", True), ('"', True), ("(", True), ("* ", False), ("🙂", False)]
)
def test_whether_the_gap_before_the_first_word_is_free(separator, free):
    assert bool(parse(f"{separator}aa").free[0]) == free


@pytest.mark.parametrize(
    ("separator", "free"),
    [("", True), ("\n", True), (".", True), ('."', True), (" .", True), ('"—', True), (" *", False), ("🙂", False)],
)
def test_whether_the_gap_after_the_last_word_is_free(separator, free):
    assert bool(parse(f"aa{separator}").free[1]) == free


@pytest.mark.parametrize(
    ("separator", "newline", "blank_line"),
    [(" ", 0, 0), ("\n", 1, 0), (" \n ", 1, 0), ("\n\n", 1, 1), ("\n \n", 1, 1), (",\n", 1, 0), (",\n\n", 1, 1)],
)
def test_line_breaks_and_empty_lines_are_found(separator, newline, blank_line):
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
def test_words_of_an_address_are_found(text, words):
    document = parse(text)
    assert " ".join(np.array(document.words)[document.address]) == words


def test_the_shown_labels_are_those_that_read_returns():
    text = 'the army’s "so-called" men, 5,200 ($3) left — officials\' say.\n"No'
    document = parse(text)
    labels = read(text).labels
    marks = [k for k in range(len(HEADS)) if k not in (heads.START, heads.CASE)]
    assert (document.shown[:, marks] == labels[:, marks]).all()
    assert not document.shown[:, [heads.START, heads.CASE]].any()
