"""Offsets in both directions, for every text and whatever the model predicts."""

import pickle

import numpy as np
import pytest
from attrs import asdict
from hypothesis import given
from hypothesis import strategies as st
from options import some_options, wild_scorers
from strategies import every_text, flat_news, flat_stretches

from newsnorm import Edit, Restoration, explain, flatten
from newsnorm.words import WORD

#: A place in a text of any length, as a share of it.
_shares = st.floats(0, 1)
_spans = st.tuples(_shares, _shares).map(sorted)


def span(shares, text):
    return tuple(round(share * len(text)) for share in shares)


@given(every_text, some_options)
def test_a_word_maps_to_itself_and_back(text, options):
    found = explain(text, **options)
    for word, restored in zip(WORD.finditer(text), WORD.finditer(found.text), strict=True):
        assert found.to_restored(*word.span()) == restored.span()
        assert found.to_source(*restored.span()) == word.span()


@given(every_text, some_options, _spans)
def test_a_span_holds_the_same_words_in_both_texts(text, options, shares):
    found = explain(text, **options)
    words, restored = [list(WORD.finditer(t)) for t in (found.source, found.text)]
    i, j = sorted(round(share * max(0, len(words) - 1)) for share in shares)
    if words:
        start, end = words[i].start(), words[j].end()
        assert found.to_restored(start, end) == (restored[i].start(), restored[j].end())
        assert found.to_source(restored[i].start(), restored[j].end()) == (start, end)
        assert flatten(found.text[slice(*found.to_restored(start, end))]) == flatten(found.source[start:end])


@given(every_text, some_options, _spans, _spans)
def test_mapped_spans_stay_inside_the_text_and_in_order(text, options, shares, others):
    found = explain(text, **options)
    for here, there, move in (
        (found.source, found.text, found.to_restored),
        (found.text, found.source, found.to_source),
    ):
        one, other = span(shares, here), span(others, here)
        start, end = move(*one)
        assert 0 <= start <= end <= len(there)
        if one[0] <= other[0] and one[1] <= other[1]:
            assert start <= move(*other)[0]
            assert end <= move(*other)[1]


@given(flat_news, wild_scorers, _spans)
def test_mapping_there_and_back_covers_the_span(text, scorer, shares):
    """It is the same unless it cuts an edit that is wider on the other side, which it then includes."""
    found = explain(text, model=scorer)
    start, end = span(shares, text)
    first, last = found.to_source(*found.to_restored(start, end))
    assert first <= start <= end <= last
    assert all(edit.before == " " for edit in found.edits if first <= edit.offset < start or end <= edit.offset < last)


@given(flat_stretches)
def test_quotations_map_to_their_words_in_the_source(text):
    found = explain(text)
    for said in found.quotations:
        start, end = found.to_source(said.start, said.end)
        assert found.source[start:end] == flatten(said.text)


def restoration(source, *edits):
    from newsnorm import apply

    edits = tuple(Edit(offset, before, after, kind, 0.9) for offset, before, after, kind in edits)
    return Restoration(source, apply(source, edits), edits, ())


JOINED = restoration("at t inc fell", (0, "at", "AT", "case"), (2, " ", " & ", "abbreviations"), (3, "t", "T", "case"))
MARKED = restoration("he said no", (7, "", ",", "punctuation"), (8, "", '"', "quotes"), (10, "", '"', "quotes"))


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((0, 4), (0, 6)),  # AT & T
        ((1, 2), (1, 2)),  # within a word, letter by letter
        ((0, 3), (0, 5)),  # up to the space that becomes ` & `, the whole of it
        ((2, 3), (2, 5)),
        ((5, 8), (7, 10)),
        ((13, 13), (15, 15)),
    ],
)
def test_spans_of_the_source_map_to_the_restored_text(span, expected):
    assert JOINED.to_restored(*span) == expected


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((3, 4), (2, 3)),  # the & alone came from the space
        ((3, 3), (2, 3)),  # so did any place within ` & `
        ((1, 4), (1, 3)),
        ((4, 6), (2, 4)),
    ],
)
def test_a_span_that_cuts_an_edit_maps_to_all_of_it(span, expected):
    assert JOINED.to_source(*span) == expected


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((3, 7), (3, 7)),  # said
        ((3, 8), (3, 7)),  # said,
        ((9, 13), (8, 10)),  # "no"
        ((7, 8), (7, 7)),  # the comma was inserted
        ((9, 10), (8, 8)),
        ((7, 10), (7, 8)),  # between the marks there is a space
        ((12, 13), (10, 10)),
    ],
)
def test_inserted_marks_map_to_an_empty_span(span, expected):
    assert MARKED.to_source(*span) == expected


def test_an_empty_span_maps_to_the_place_before_an_inserted_mark():
    assert MARKED.text == 'he said, "no"'
    assert MARKED.to_restored(7, 7) == (7, 7)
    assert MARKED.to_restored(8, 8) == (9, 9)
    assert MARKED.to_restored(8, 10) == (10, 12)


def test_a_removed_character_maps_to_an_empty_span():
    gone = restoration("a  b", (1, " ", "", "paragraphs"))
    assert gone.to_restored(1, 2) == (1, 1)
    assert gone.to_restored(0, 4) == (0, 3)
    assert gone.to_source(1, 1) == (1, 1)
    assert gone.to_source(1, 2) == (2, 3)


@pytest.mark.parametrize(
    ("span", "error", "message"),
    [
        (("0", 4), TypeError, "start must be an offset, an int, not str"),
        ((0, 4.0), TypeError, "end must be an offset, an int, not float"),
        ((True, 4), TypeError, "start must be an offset, an int, not bool"),
        ((4, 3), ValueError, "a span must end where it starts or later: start 4 is after end 3"),
        ((-1, 3), ValueError, "span -1 to 3 is outside the {of}, which has {length} characters; a span of the"),
        ((0, 99), ValueError, "span 0 to 99 is outside the {of}, which has {length} characters; a span of the"),
    ],
)
def test_invalid_spans_are_refused(span, error, message):
    for move, of, length, hint in (
        (MARKED.to_restored, "source text", 10, "a span of the restored text goes to to_source"),
        (MARKED.to_source, "restored text", 13, "a span of the source text goes to to_restored"),
    ):
        with pytest.raises(error) as raised:
            move(*span)
        assert message.format(of=of, length=length) in str(raised.value)
        assert error is TypeError or "a span must" in message or str(raised.value).endswith(hint)


def test_numpy_integers_are_valid_offsets():
    start, end = MARKED.to_source(*np.array([9, 13]))
    assert (start, end) == (8, 10)
    assert type(start) is int


def test_mapping_does_not_change_the_restoration():
    again = pickle.loads(pickle.dumps(JOINED))  # noqa: S301 - its own
    JOINED.to_restored(0, 1)
    assert again == JOINED
    assert hash(again) == hash(JOINED)
    assert set(asdict(JOINED)) == {"source", "text", "edits", "quotations"}
