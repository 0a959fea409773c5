"""Decoding: for each head the best class that the text has room for, and what heads exclude in each other."""

import numpy as np
import pytest
from decoded import classes, decoded, odds, quoted
from scripted import Scripted, probability_of

from newsnorm.decoding import Carried, decode, search
from newsnorm.document import parse
from newsnorm.labels import HEADS, heads
from newsnorm.model.scores import OFFSETS


def test_text_without_words_has_no_labels():
    got = decode(np.zeros((0, OFFSETS[-1]), np.float32), parse("..."))
    assert got.pairs == []
    assert got.labels.shape == got.probabilities.shape == (0, len(HEADS))
    assert (got.labels.dtype, got.probabilities.dtype) == (np.int8, np.float32)


def test_by_default_a_document_is_a_complete_text_without_new_paragraphs():
    document = parse("a b c d")
    scores = Scripted(open={0: '"', 2: '"'}, close={3: '"'}, paragraph={1: "\n"}).score(document.words)
    assert decode(scores, document).labels[:, heads.OPEN].tolist() == [1, 0, 0, 0]
    scores = Scripted(open={1: '"'}, bracket={2: "("}).score(document.words)
    assert not decode(scores, document).labels[:, [heads.OPEN, heads.BRACKET]].any()


# --- the best class that the gap has room for -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "head", "wanted", "got"),
    [
        ("so called men", "join", {0: "-"}, {0: "-"}),
        ("so  called men", "join", {0: "-"}, {0: "-"}),
        ("so\ncalled men", "join", {0: "-"}, {}),
        ("so, called men", "join", {0: "-"}, {}),
        ("so called men", "join", {2: "-"}, {}),  # the end joins nothing
        ("so called men ", "join", {2: "-"}, {}),
        ("so-called men", "join", {0: "'", 1: "."}, {0: "-", 1: "."}),
        ("so-called men", "join", {}, {0: "-"}),
        ("they left he", "mark", {1: ","}, {1: ","}),
        ("they left, he", "mark", {1: "."}, {1: ","}),
        ("they left, he", "mark", {}, {1: ","}),
        ("they left 🙂 he", "mark", {1: ","}, {}),
        ("they left", "mark", {1: "."}, {1: "."}),
        ("they left", "mark", {1: "?"}, {1: "?"}),
        ("they left", "mark", {1: "!"}, {1: "!"}),
        ("they left", "mark", {1: "..."}, {1: "..."}),
        ("they left", "mark", {1: "abbreviation"}, {1: "abbreviation"}),
        # No text ends with a mark that must be followed by more.
        ("they left", "mark", {1: ","}, {}),
        ("they left", "mark", {1: ":"}, {}),
        ("they left", "mark", {1: ";"}, {}),
        ("they left", "mark", {1: "—"}, {}),
        ("they left", "mark", {1: ".,"}, {}),
        ("they left,", "mark", {1: "."}, {1: ","}),
        ("they left:", "mark", {}, {1: ":"}),
        ("they left;", "mark", {}, {1: ";"}),
        ("they left —", "mark", {}, {1: "—"}),
        ("apple inc.,", "mark", {}, {1: ".,"}),
        # A period of the text may belong to an abbreviation, or be half of a mark.
        ("gen. milley", "mark", {0: "."}, {0: "."}),
        ("gen. milley", "mark", {0: "abbreviation"}, {0: "abbreviation"}),
        ("then left. he", "mark", {1: "abbreviation"}, {1: "abbreviation"}),
        ("then left. he", "mark", {1: "?"}, {1: "."}),
        ("apple inc. said", "mark", {1: ".,"}, {1: ".,"}),
        ("apple inc, said", "mark", {1: ".,"}, {1: ".,"}),
        ("apple inc, said", "mark", {1: "abbreviation"}, {1: ","}),
        ("apple inc.", "mark", {1: ".,"}, {1: "."}),
        ("apple inc.said", "mark", {1: ".,"}, {}),
        ("apple inc? said", "mark", {1: ".,"}, {1: "?"}),
        ("paid 5 then", "sign", {1: "$"}, {1: "$"}),
        ("paid 5 then", "sign", {1: "%"}, {1: "%"}),
        ("paid $5 then", "sign", {1: "£"}, {1: "$"}),
        ("paid 🙂 5 then", "sign", {1: "$"}, {}),
        ("paid 🙂 5 then", "sign", {1: "%"}, {1: "%"}),
        ("paid 5 🙂 then", "sign", {1: "%"}, {}),
        ("paid 5 🙂 then", "sign", {1: "$"}, {1: "$"}),
        ("5 then", "sign", {0: "$"}, {0: "$"}),
        ("up 5", "sign", {1: "%"}, {1: "%"}),
        ("officials vote", "apostrophe", {0: "trailing"}, {0: "trailing"}),
        ("officials' vote", "apostrophe", {}, {0: "trailing"}),
        ("officials 🙂 vote", "apostrophe", {0: "trailing"}, {}),
        ("officials,' vote", "apostrophe", {}, {0: "trailing"}),  # no single quotation is open
        ("get em out", "apostrophe", {1: "leading"}, {1: "leading"}),
        ("get 'em out", "apostrophe", {}, {1: "leading"}),
        ("get men out", "apostrophe", {1: "leading"}, {}),
        ("get 🙂 em out", "apostrophe", {1: "leading"}, {}),
        ("they left he", "paragraph", {1: "\n"}, {}),  # it will not be written
        ("they left\nhe", "paragraph", {}, {1: "\n"}),
        ("they left 🙂 he", "paragraph", {1: "\n"}, {}),
        ("they left", "paragraph", {1: "\n"}, {}),
        ("they left\n", "paragraph", {1: "\n"}, {}),
        ("the Iraq men", "case", {1: "upper", 2: "mixed"}, {1: "upper", 2: "mixed"}),
    ],
)
def test_a_label_is_the_best_that_its_gap_has_room_for(text, head, wanted, got):
    assert classes(head, text, **{head: wanted}) == got


def test_a_joined_gap_has_room_for_nothing_else():
    given = {
        "join": {0: "-"},
        "mark": {0: ","},
        "sign": {1: "$", 0: "%"},
        "paragraph": {0: "\n"},
        "apostrophe": {0: "trailing"},
    }
    labels = decoded("so called men", **given).labels
    assert HEADS["join"][labels[0, heads.JOIN]] == "-"
    assert not labels[:, [heads.MARK, heads.SIGN, heads.PARAGRAPH, heads.APOSTROPHE]].any()
    assert classes("bracket", "so called men", join={0: "-"}, bracket={0: "()", 1: "()"}) == {}
    assert classes("open", "so called men", join={0: "-"}, open={1: '"'}, close={2: '"'}) == {}


def test_a_gap_with_an_emoji_gains_nothing():
    got = decoded("we 🙂 left", mark={0: ","}, join={0: "-"}, open={1: '"'}, close={1: '"'})
    assert not got.labels[0].any() or got.labels[0, heads.START]
    assert not got.labels[1, heads.OPEN]


def test_the_gap_before_the_first_word_gains_nothing_without_room():
    assert classes("open", "🙂 a b", open={0: '"'}, close={1: '"'}) == {}
    assert classes("sign", "🙂 5 b", sign={0: "$"}) == {}


def test_a_mark_of_the_text_is_kept():
    got = decoded("we left, he said", mark={1: "."})
    assert HEADS["mark"][got.labels[1, heads.MARK]] == ","


def test_nothing_joins_across_a_line_break():
    assert not decoded("so\ncalled", join={0: "-"}).labels[:, heads.JOIN].any()
    assert decoded("so called", join={0: "-"}).labels[0, heads.JOIN] == heads.JOINS["-"]


def test_no_semicolon_stands_before_a_new_sentence():
    given = {"mark": {1: (";", 2.0), 3: (";", 2.0)}, "start": {2: ("start", 1.0), 4: ("start", -1.0)}}
    assert classes("mark", "we left he stayed she slept", **given) == {3: ";"}
    # A semicolon of the text is kept.
    assert classes("mark", "we left; he stayed she slept", **given) == {1: ";", 3: ";"}


def test_no_paragraph_break_follows_the_last_word():
    wanted = {0: "\n", 1: "\n"}
    assert classes("paragraph", "they left", paragraphs=True, paragraph=wanted) == {0: "\n"}
    assert classes("paragraph", "they left\n", paragraphs=True, paragraph=wanted) == {0: "\n"}


def test_biases_change_the_choice_but_not_the_probability():
    biases = np.zeros(OFFSETS[-1], np.float32)
    biases[OFFSETS[heads.MARK] + heads.MARKS[","]] = 3
    plain = decoded("they left he", mark={1: (",", -2.0)})
    biased = decoded("they left he", mark={1: (",", -2.0)}, biases=biases)
    assert not plain.labels[:, heads.MARK].any()
    assert biased.labels[:, heads.MARK].tolist() == [0, heads.MARKS[","], 0]
    assert biased.probabilities[1, heads.MARK] == pytest.approx(probability_of(-2.0), abs=1e-6)


# --- sentence starts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "given", "started"),
    [
        ("we left he did", {}, [0]),
        ("we left he did", {"mark": {1: "."}}, [0, 2]),
        ("we left he did", {"mark": {1: "?"}}, [0, 2]),
        ("we left he did", {"mark": {1: ","}, "start": {2: "start"}}, [0]),
        ("we left he did", {"start": {2: "start"}}, [0]),
        ("we left he did", {"mark": {1: ":"}}, [0]),
        ("we left he did", {"mark": {1: ":"}, "start": {2: "start"}}, [0, 2]),
        ("we left he did", {"mark": {1: "—"}, "start": {2: "start"}}, [0, 2]),
        ("we left; he did", {"start": {2: "start"}}, [0, 2]),
        ("we left he did", {"mark": {1: "..."}, "start": {2: "start"}}, [0, 2]),
        ("we left he did", {"mark": {1: "..."}}, [0]),
        ("we left\nhe did", {}, [0]),
        ("we left\nhe did", {"start": {2: "start"}}, [0, 2]),
        ('we left "he did"', {}, [0]),
        ('we left "he did"', {"start": {2: "start"}}, [0, 2]),
        ("we left (he did)", {"start": {2: "start"}}, [0, 2]),
        ("we left [he] did", {"start": {2: "start"}}, [0, 2]),
        ("we (left) he did", {"start": {2: "start"}}, [0]),
        ("we left: he did", {"start": {2: ("start", 0.0)}}, [0]),
        # A quotation that ends like a sentence may be followed by "he said".
        ('"we left?" he did', {}, [0]),
        ('"we left?" he did', {"start": {2: "start"}}, [0, 2]),
        ('"we left," he did', {"start": {2: "start"}}, [0]),
    ],
)
def test_sentences_start_where_marks_and_scores_say_so(text, given, started):
    assert np.flatnonzero(decoded(text, **given).labels[:, heads.START]).tolist() == started


def test_a_sentence_starts_after_a_period_of_the_text():
    assert decoded("we left. he said").labels[:, heads.START].tolist() == [1, 0, 1, 0]


def test_a_sentence_continues_in_the_next_document():
    assert decoded("a b", carried=Carried(starts=False)).labels[:, heads.START].tolist() == [0, 0]
    assert decoded("a b", carried=Carried(starts=True)).labels[:, heads.START].tolist() == [1, 0]


# --- apostrophes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        # The one mark of the text is an apostrophe, or closes a single quotation if one is open.
        ("a bs' c d", {}, {1: "trailing"}),
        ("a 'bs' c d", {}, {1: "trailing"}),  # single quotations are within double ones
        ("a \"b 'cs' d\" e", {}, {}),
        ("a 'b cs' ds' e", {"open": {1: "\"'"}, "close": {4: '"'}}, {3: "trailing"}),
        ("a b cs d", {"open": {0: '"', 1: "'"}, "close": {2: "'", 3: '"'}, "apostrophe": {2: "trailing"}}, {}),
        ("a bs c d", {"open": {0: '"', 2: "'"}, "close": {3: "'\""}, "apostrophe": {1: "trailing"}}, {1: "trailing"}),
        (
            "as b c d",
            {"open": {1: '"', 2: "'"}, "close": {2: "'", 3: '"'}, "apostrophe": {0: "trailing"}},
            {0: "trailing"},
        ),
        # Inserted within a single quotation, it would be read as the end of it.
        ("a bs cs d", {"open": {0: '"', 1: "'"}, "close": {2: "'", 3: '"'}, "apostrophe": {1: "trailing"}}, {}),
    ],
)
def test_a_single_mark_is_an_apostrophe_or_closes_a_single_quotation(text, given, expected):
    assert classes("apostrophe", text, **given) == expected


def test_an_apostrophe_no_likelier_than_none_is_not_written():
    """As it is not written, it is no mark that could close a single quotation."""
    given = {"open": {0: '"', 1: ("'", 9.0)}, "close": {1: ("'", -5.6), 3: '"'}, "apostrophe": {1: ("trailing", 0.0)}}
    assert quoted("a bs c d", **given) == ('"a bs c d"', [(0, 3)])
    assert classes("apostrophe", "a bs c d", **given) == {}


def test_there_is_no_apostrophe_in_a_single_quotation_from_the_previous_document():
    given = {"apostrophe": {0: "trailing", 2: "trailing"}, "close": {1: "'", 2: '"'}}
    assert classes("apostrophe", "as b cs d", carried=Carried(quote=2), **given) == {2: "trailing"}
    assert classes("apostrophe", "as b cs d", carried=Carried(quote=1), **given) == {0: "trailing", 2: "trailing"}


# --- gaps that are searched for quotation marks and brackets ----------------------------------------------------------


def test_only_gaps_where_a_mark_is_likely_are_searched(monkeypatch):
    """Seven of eight gaps are skipped, and decoding takes a third of the time."""
    searched = []

    def best_path(steps, *rest, **options):
        steps = list(steps)
        searched.append([place for place, _ in steps])
        return search.best_path(steps, *rest, **options)

    for module in ("quotes", "brackets"):
        monkeypatch.setattr(f"newsnorm.decoding.{module}.best_path", best_path)
    text = " ".join(["they"] * 60)
    quotation = quoted(text, open={10: '"'}, close={20: '"'}, bracket={30: "(", 40: ")"})[1]
    assert quotation == [(10, 20)]
    assert searched == [[10, 21], [30, 40]]


@pytest.mark.parametrize(("probability", "closes"), [(0.019, False), (0.021, True)])
def test_gaps_where_a_mark_is_nearly_impossible_gain_none(probability, closes):
    """However well the mark would pair: such a gap is skipped."""
    given = {"open": {1: '"'}, "close": {2: ('"', odds(probability))}}
    assert quoted('a "b c d', **given)[0] == ('a "b c" d' if closes else 'a "b c d')
    given = {"bracket": {2: (")", odds(probability))}}
    assert classes("bracket", "a (b 🙂 c d", **given) == ({1: "(", 2: ")"} if closes else {1: "("})
