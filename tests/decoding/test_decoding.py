import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import SURE, Scripted, probability_of
from wild import WildScorer

from newsnorm.decoding import Carried, decode, search
from newsnorm.decoding.confidence import tie_split_quotations
from newsnorm.document import parse
from newsnorm.labels import HEADS, Labelled, heads, write
from newsnorm.model.scores import OFFSETS, log_softmax


def decoded(text, *, biases=None, calibration=None, paragraphs=False, carried=None, ends=True, **wanted):
    document = parse(text)
    scores = Scripted(**wanted).score(document.words)
    return decode(
        scores, document, biases=biases, calibration=calibration, paragraphs=paragraphs, carried=carried, ends=ends
    )


def together(*odds):
    """The probability that all of these happen."""
    return pytest.approx(math.prod(map(probability_of, odds)), abs=1e-5)


def classes(head, text, **given):
    """What *head* is decided to be, by the number of the word: nothing where it is the first class."""
    column = decoded(text, **given).labels[:, list(HEADS).index(head)].tolist()
    return {i: HEADS[head][value] for i, value in enumerate(column) if value}


def test_a_quotation_that_nobody_closes_is_not_opened():
    assert not decoded("we left he said", open={0: '"'}).labels[:, heads.OPEN].any()


def test_a_likely_close_pulls_an_open_with_it():
    got = decoded("we left he said", close={1: '"'}, open={0: '"'})
    assert got.pairs == [(0, 1, got.pairs[0][2])]


def test_the_mark_in_the_text_stands():
    got = decoded("we left, he said", mark={1: "."})
    assert HEADS["mark"][got.labels[1, heads.MARK]] == ","


def test_a_period_in_the_text_starts_a_sentence():
    assert decoded("we left. he said").labels[:, heads.START].tolist() == [1, 0, 1, 0]


def test_no_semicolon_ends_a_sentence_that_another_follows():
    given = {"mark": {1: (";", 2.0), 3: (";", 2.0)}, "start": {2: ("start", 1.0), 4: ("start", -1.0)}}
    assert classes("mark", "we left he stayed she slept", **given) == {3: ";"}
    # One that stands in the text stays.
    assert classes("mark", "we left; he stayed she slept", **given) == {1: ";", 3: ";"}


def test_a_gap_with_an_emoji_gains_nothing():
    got = decoded("we 🙂 left", mark={0: ","}, join={0: "-"}, open={1: '"'}, close={1: '"'})
    assert not got.labels[0].any() or got.labels[0, heads.START]
    assert not got.labels[1, heads.OPEN]


def test_a_quotation_opens_again_after_an_empty_line():
    got = decoded("we left\n\nwe fled he said", open={0: '"', 2: '"'}, close={3: '"'})
    assert got.labels[2, heads.OPEN] == heads.OPENS['"']
    assert got.pairs[0][:2] == (0, 3)


def test_words_of_an_address_are_known():
    document = parse("write to https://example.org/a?b=c said")
    assert [word for word, part in zip(document.words, document.address, strict=True) if part] == [
        *("https", "example", "a", "b", "c")
    ]


def test_nothing_joins_across_a_line_break():
    assert not decoded("so\ncalled", join={0: "-"}).labels[:, heads.JOIN].any()
    assert decoded("so called", join={0: "-"}).labels[0, heads.JOIN] == heads.JOINS["-"]


@given(st.integers(1, 50), st.integers(1, 5))
def test_log_softmax_is_a_distribution_for_each_head(n, seed):
    scores = next(WildScorer(seed).score_many([[str(k) for k in range(n)]]))
    logs = log_softmax(scores)
    for begin, end in pairwise(OFFSETS):
        assert np.allclose(np.exp(logs[:, begin:end]).sum(axis=1), 1, atol=1e-4)


def test_no_words():
    got = decode(np.zeros((0, OFFSETS[-1]), np.float32), parse("..."))
    assert got.pairs == []
    assert got.labels.shape == got.probabilities.shape == (0, len(HEADS))
    assert (got.labels.dtype, got.probabilities.dtype) == (np.int8, np.float32)


def test_by_default_a_document_is_a_whole_text_without_new_paragraphs():
    document = parse("a b c d")
    scores = Scripted(open={0: '"', 2: '"'}, close={3: '"'}, paragraph={1: "\n"}).score(document.words)
    assert decode(scores, document).labels[:, heads.OPEN].tolist() == [1, 0, 0, 0]
    scores = Scripted(open={1: '"'}, bracket={2: "("}).score(document.words)
    assert not decode(scores, document).labels[:, [heads.OPEN, heads.BRACKET]].any()


def test_the_gap_before_the_first_word_may_have_no_room():
    assert classes("open", "🙂 a b", open={0: '"'}, close={1: '"'}) == {}
    assert classes("sign", "🙂 5 b", sign={0: "$"}) == {}


def test_an_apostrophe_that_was_restored_makes_no_room_for_a_quotation():
    """With the apostrophe in the text the gap would be looked at, and the quotation found: so it is at once."""
    given = {"open": {0: '"', 1: ("'", 9.0)}, "close": {1: ("'", -5.6), 3: '"'}, "apostrophe": {1: "trailing"}}
    assert quoted("a bs c d", **given) == quoted("a bs' c d", **given) == ("\"a 'bs' c d\"", [(0, 3)])


@pytest.mark.parametrize(("text", "opening"), [('a "b c d" e', '"'), ("a \"'b' c d\" e", "\"'")])
def test_marks_between_two_of_the_text_are_as_likely_as_each_other(text, opening):
    """The text opens one quotation and closes another: the end of the first and the start of the second, or neither."""
    got = decoded(text, close={2: ('"', 1.0), 3: '"'}, open={1: opening, 3: ('"', 2.0)})
    assert got.pairs == [(1, 2, together(1.0, SURE)), (3, 3, together(1.0, SURE))]
    # Where the text has the mark between them, too, each is as likely as it is.
    got = decoded(text.replace("c d", 'c" d'), close={2: ('"', 1.0), 3: '"'}, open={1: opening, 3: ('"', 2.0)})
    assert got.pairs == [(1, 2, together(1.0, SURE)), (3, 3, together(2.0, SURE))]


def test_an_apostrophe_as_likely_as_none_is_none():
    """It will not be written, so it is no mark that might close a single quotation."""
    given = {"open": {0: '"', 1: ("'", 9.0)}, "close": {1: ("'", -5.6), 3: '"'}, "apostrophe": {1: ("trailing", 0.0)}}
    assert quoted("a bs c d", **given) == ('"a bs c d"', [(0, 3)])
    assert classes("apostrophe", "a bs c d", **given) == {}


def test_the_end_of_the_text_ends_no_paragraph():
    wanted = {0: "\n", 1: "\n"}
    assert classes("paragraph", "they left", paragraphs=True, paragraph=wanted) == {0: "\n"}
    assert classes("paragraph", "they left\n", paragraphs=True, paragraph=wanted) == {0: "\n"}


def test_an_empty_line_at_the_end_closes_a_quotation_however_paragraphs_are_written():
    """However unlikely the mark is: a quotation of the text does not run past the end of its story."""
    for paragraphs in (False, True):
        assert quoted('a "b c\n\n', close={2: ('"', -9.0)}, paragraphs=paragraphs) == ('a "b c"', [(1, 2)])
        assert quoted('a "b c\n', close={2: ('"', -9.0)}, paragraphs=paragraphs) == ('a "b c', [])


def test_only_gaps_in_which_a_mark_is_likely_are_looked_at(monkeypatch):
    """Of 8 gaps 7 are passed over, and decoding takes a third of the time."""
    looked_at = []

    def best_path(steps, *rest, **options):
        steps = list(steps)
        looked_at.append([place for place, _ in steps])
        return search.best_path(steps, *rest, **options)

    for module in ("quotes", "brackets"):
        monkeypatch.setattr(f"newsnorm.decoding.{module}.best_path", best_path)
    text = " ".join(["they"] * 60)
    quotation = quoted(text, open={10: '"'}, close={20: '"'}, bracket={30: "(", 40: ")"})[1]
    assert quotation == [(10, 20)]
    assert looked_at == [[10, 21], [30, 40]]


# --- the likeliest class that its gap has room for --------------------------------------------------------------------


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
        # Nothing ends in what asks for more.
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
        # A period of the text may be an abbreviation's, or half of what stands there.
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
        ("officials,' vote", "apostrophe", {}, {0: "trailing"}),  # where no single quotation is open, what else
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
def test_a_label_is_the_likeliest_that_its_gap_has_room_for(text, head, wanted, got):
    assert classes(head, text, **{head: wanted}) == got


def test_a_gap_that_is_joined_has_room_for_nothing_else():
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


def test_biases_choose_and_do_not_count_as_probability():
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
def test_where_sentences_start(text, given, started):
    assert np.flatnonzero(decoded(text, **given).labels[:, heads.START]).tolist() == started


# --- quotations -------------------------------------------------------------------------------------------------------


def quoted(text, **given):
    """The words with the quotation marks that are decided on, and the first and last words of the double pairs."""
    got = decoded(text, **given)
    opens = [HEADS["open"][value] for value in got.labels[:, heads.OPEN]]
    closes = [HEADS["close"][value] for value in got.labels[:, heads.CLOSE]]
    written = map("".join, zip(opens, parse(text).words, closes, strict=True))
    return " ".join(written), [pair[:2] for pair in got.pairs]


@pytest.mark.parametrize(
    ("text", "given", "result", "pairs"),
    [
        ("a b c d", {}, "a b c d", []),
        ("a b c d", {"open": {1: '"'}, "close": {2: '"'}}, 'a "b c" d', [(1, 2)]),
        ("a b c d", {"open": {1: '"'}, "close": {1: '"'}}, 'a "b" c d', [(1, 1)]),
        ("a b c d", {"open": {0: '"', 2: '"'}, "close": {1: '"', 3: '"'}}, '"a b" "c d"', [(0, 1), (2, 3)]),
        # One half pulls the other along if both together are likelier than neither.
        ("a b c d", {"open": {1: ('"', 3.0)}, "close": {2: ('"', -1.0)}}, 'a "b c" d', [(1, 2)]),
        ("a b c d", {"open": {1: ('"', 1.0)}, "close": {2: ('"', -2.0)}}, "a b c d", []),
        ("a b c d", {"open": {1: '"'}}, "a b c d", []),
        ("a b c d", {"close": {1: '"'}}, "a b c d", []),
        # Of two openings in a row the surer one opens.
        ("a b c d", {"open": {0: ('"', 4.0), 1: ('"', 3.0)}, "close": {2: '"'}}, '"a b c" d', [(0, 2)]),
        ("a b c d", {"open": {0: ('"', 3.0), 1: ('"', 4.0)}, "close": {2: '"'}}, 'a "b c" d', [(1, 2)]),
        ("a b c d", {"open": {0: '"'}, "close": {1: ('"', 3.0), 2: ('"', 4.0)}}, '"a b c" d', [(0, 2)]),
        # Single marks are within double ones, or nowhere.
        ("a b c d", {"open": {1: "'"}, "close": {2: "'"}}, "a b c d", []),
        ("a b c d", {"open": {0: '"', 1: "'"}, "close": {2: "'", 3: '"'}}, "\"a 'b c' d\"", [(0, 3)]),
        ("a b c d", {"open": {0: '"', 1: "'"}, "close": {3: "'\""}}, "\"a 'b c d'\"", [(0, 3)]),
        ("a b c d", {"open": {0: "\"'"}, "close": {1: "'", 3: '"'}}, "\"'a b' c d\"", [(0, 3)]),
        ("a b c d", {"open": {0: "\"'"}, "close": {3: "'\""}}, "\"'a b c d'\"", [(0, 3)]),
        ("a b c d", {"open": {0: '"', 1: "'", 2: "'"}, "close": {1: "'", 2: "'", 3: '"'}}, "\"a 'b' 'c' d\"", [(0, 3)]),
        # Of two as sure as each other the shorter one is taken.
        ("a b c d", {"open": {0: '"', 1: '"'}, "close": {2: '"', 3: '"'}}, 'a "b c" d', [(1, 2)]),
        ("a 80s c d", {"open": {0: '"', 1: "'"}, "close": {2: "'", 3: '"'}}, '"a 80s c d"', [(0, 3)]),
        ("a 80s c d", {"open": {1: '"'}, "close": {2: '"'}}, 'a "80s c" d', [(1, 2)]),
        # What stands in the text stays, and asks for its other half.
        ('a "b c" d', {}, 'a "b c" d', [(1, 2)]),
        ('a "b c d', {"close": {2: ('"', -3.0)}}, 'a "b c" d', [(1, 2)]),
        ('a b c" d', {"open": {1: ('"', -3.0)}}, 'a "b c" d', [(1, 2)]),
        ('a "b c d', {"close": {3: ('"', -9.0)}}, 'a "b c d', []),
        ('a "b" c d', {"close": {2: '"'}}, 'a "b" c d', [(1, 1)]),
        ("a \"b 'c' d\"", {}, "a \"b 'c' d\"", [(1, 3)]),
        ("a 'b c' d", {"open": {1: "\"'"}, "close": {2: "'\""}}, "a \"'b c'\" d", [(1, 2)]),
        ('a "b c" d', {"open": {1: "\"'"}, "close": {2: "'\""}}, "a \"'b c'\" d", [(1, 2)]),
        # An apostrophe of the text closes a single quotation if one is open, and a double one may close after it.
        ("a b' c d", {"open": {0: ("\"'", 30.0)}, "close": {2: '"'}}, "\"'a b' c\" d", [(0, 2)]),
        ("a bs' c d", {"open": {0: '"'}, "close": {1: '"'}}, '"a bs" c d', [(0, 1)]),
        ("a bs' c d", {"open": {0: '"'}, "close": {2: '"'}}, '"a bs c" d', [(0, 2)]),
        ('"a bs\' c" d', {}, '"a bs c" d', [(0, 2)]),
        ("a bs' c d", {"open": {0: ('"', -3.0)}, "close": {2: ('"', -3.0)}}, "a bs c d", []),
        ("a bs' c d", {"open": {0: ('"', 9.0)}, "close": {1: ('"', -5.6)}}, "a bs c d", []),
        ("a bs' c d", {"open": {0: ("\"'", 9.0)}, "close": {1: ("'\"", -5.6)}}, "a bs c d", []),
        # Before 80s there is no single quotation mark, and none where the model is sure that there is none.
        ('a "80s c" d', {"open": {1: "\"'"}, "close": {2: "'\""}}, 'a "80s c" d', [(1, 2)]),
        ('a "b c" d', {"open": {1: ("\"'", -5.6)}, "close": {2: "'\""}}, 'a "b c" d', [(1, 2)]),
        # What is out of balance in the text is taken as it is.
        ('a b c" d', {}, 'a b c" d', []),
        ('a "b "c d" e', {}, 'a "b "c d" e', [(1, 3)]),
        ('a "b" c" d', {}, 'a "b" c" d', [(1, 1)]),
        ('a b c d"', {}, 'a b c d"', []),
        ("'a b c d", {}, "'a b c d", []),
        # A gap that may gain nothing gains no single mark beside the double one, whatever is open.
        ('a "b \'c d" 🙂 e', {}, 'a "b \'c d" e', [(1, 3)]),
        ("a b c,'\" 🙂 d", {"open": {0: ("\"'", 9.0)}}, "\"'a b c'\" d", [(0, 2)]),
        # What runs on past it is not held up by it.
        ("a b 🙂 c d", {"open": {0: "\"'"}, "close": {1: ('"', -3.0), 3: "'\""}}, "\"'a b c d'\"", [(0, 3)]),
        # Nor is a single quotation opened that only a mark which closes nothing would close.
        ('"a b c,\' d" e', {"open": {1: "'"}, "close": {2: "'"}}, "\"a 'b c' d\" e", [(0, 3)]),
        ('"a b (c)\', d" e', {"open": {1: "'"}, "close": {2: "'"}}, '"a b c d" e', [(0, 3)]),
        # Where the text closes both, both are closed there, though a later place be likelier.
        ("a \"b 'c d'\" e f", {"close": {5: ("'\"", 9.0)}}, "a \"b 'c d'\" e f", [(1, 3)]),
        # A single quotation ends with its line; the double one around it opens again at a new paragraph.
        ("a\nb c d", {"open": {0: "\"'"}, "close": {2: '"'}}, '"\'a b c" d', [(0, 2)]),
        ("a\nb c d", {"open": {0: "\"'"}, "close": {2: "'\""}}, "a b c d", []),
        ("\"'a\nb c.'\" d", {}, '"\'a b c" d', [(0, 2)]),
        ('"\'a\n\nb c d"', {"open": {1: '"'}}, '"\'a "b c d"', [(0, 3)]),
        ("\"'a\n\nb c.'\" d", {"open": {1: "\"'"}}, "\"'a \"'b c'\" d", [(0, 2)]),
        # Beside an apostrophe of the text a quotation may close, and need not.
        ("a bs' c d", {"open": {0: '"'}, "close": {1: ('"', -4.0), 2: '"'}}, '"a bs c" d', [(0, 2)]),
    ],
)
def test_quotations_pair(text, given, result, pairs):
    assert quoted(text, **given) == (result, pairs)


def odds(probability):
    return math.log(probability / (1 - probability))


@pytest.mark.parametrize(("least", "closes"), [(0.019, False), (0.021, True)])
def test_gaps_where_a_mark_is_next_to_impossible_gain_none(least, closes):
    """However well it would pair: of 8 gaps 7 are passed over, and decoding takes a third of the time."""
    given = {"open": {1: '"'}, "close": {2: ('"', odds(least))}}
    assert quoted('a "b c d', **given)[0] == ('a "b c" d' if closes else 'a "b c d')
    given = {"bracket": {2: (")", odds(least))}}
    assert classes("bracket", "a (b 🙂 c d", **given) == ({1: "(", 2: ")"} if closes else {1: "("})


BOTH = {"open": {0: ('"', 4.1), 2: '"'}, "close": {3: '"'}}


@pytest.mark.parametrize(
    ("text", "given", "result"),
    [
        # At an empty line a quotation that runs on opens again; at a line's end if the model sees a paragraph there.
        ("a b\n\nc d", BOTH, '"a b "c d"'),
        ("a b\nc d", BOTH, '"a b c d"'),
        ("a b\nc d", {**BOTH, "paragraph": {1: ("\n", 0.0)}}, '"a b "c d"'),
        ("a b\nc d", {**BOTH, "paragraph": {1: ("\n", odds(0.099))}}, '"a b c d"'),
        ("a b\nc d", {**BOTH, "paragraph": {1: ("\n", odds(0.101))}}, '"a b "c d"'),
        ("a b c d", {**BOTH, "paragraph": {1: "\n"}}, '"a b c d"'),
        ("a b c d", {**BOTH, "paragraph": {1: "\n"}, "paragraphs": True}, '"a b "c d"'),
        ("a b c d", {**BOTH, "paragraphs": True}, '"a b c d"'),
        # It must open again, or have closed.
        ("a b\n\nc d", {"open": {0: '"', 2: ('"', -2.0)}, "close": {3: '"'}}, '"a b "c d"'),
        ("a b\n\nc d", {"open": {0: '"'}, "close": {3: '"'}}, "a b c d"),
        ("a b\n\nc d", {"open": {0: '"'}, "close": {1: '"'}}, '"a b" c d'),
        ("\n\na b", {"open": {0: '"'}, "close": {1: '"'}}, '"a b"'),
        ("a b\n\n", {"open": {0: '"'}, "close": {1: '"'}}, '"a b"'),
        # A second opening that belongs to a paragraph which is not shown speaks for the first one, not against it.
        ("a b c d", {**BOTH, "open": {0: ('"', 3.0), 2: '"'}}, 'a b "c d"'),
        ("a b c d", {**BOTH, "open": {0: ('"', 3.0), 2: '"'}, "paragraph": {1: "\n"}}, '"a b c d"'),
    ],
)
def test_a_running_quotation_opens_again_at_a_paragraph(text, given, result):
    assert quoted(text, **given)[0] == result


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
        # Put in amid a single quotation it would be read as its end.
        ("a bs cs d", {"open": {0: '"', 1: "'"}, "close": {2: "'", 3: '"'}, "apostrophe": {1: "trailing"}}, {}),
    ],
)
def test_apostrophes_and_single_quotations_share_a_mark(text, given, expected):
    assert classes("apostrophe", text, **given) == expected


# --- brackets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted", "got"),
    [
        ("a b c d", {1: "(", 2: ")"}, {1: "(", 2: ")"}),
        ("a b c d", {1: "()"}, {1: "()"}),
        ("a b c d", {1: "[", 2: "]"}, {1: "[", 2: "]"}),
        ("a b c d", {1: "[]"}, {1: "[]"}),
        ("a b c d", {1: "("}, {}),
        ("a b c d", {1: ")"}, {}),
        ("a b c d", {1: "(", 2: "]"}, {}),
        ("a b c d", {1: "[", 2: ")"}, {}),
        ("a b c d", {0: "(", 1: "[]", 2: ")"}, {0: "(", 2: ")"}),  # no brackets in brackets
        ("a b c d", {1: "(", 2: (")", -2.0)}, {1: "(", 2: ")"}),
        ("a b c d", {1: ("(", -2.0), 2: ")"}, {1: "(", 2: ")"}),
        ("a 🙂 b c d", {1: "()"}, {}),
        ("a b 🙂 c d", {1: "()"}, {}),
        ("a b 🙂 c d", {1: "(", 2: ")"}, {1: "(", 2: ")"}),
        ("a b 🙂 c d", {2: "(", 3: ")"}, {}),
        ("a (b c) d", {1: ("(", -9.0), 2: (")", -9.0)}, {1: "(", 2: ")"}),
        ("a (b c) d", {1: "[", 2: (")", -9.0)}, {1: "(", 2: ")"}),
        ("a (b) c d", {1: "["}, {1: "()"}),
        ("a (b c d", {1: "()"}, {1: "()"}),
        ("a (b c d", {1: ("(", -9.0), 2: (")", -3.5)}, {1: "(", 2: ")"}),
        ("a b) c d", {1: "()"}, {1: "()"}),
        ("a [b c d", {1: "[]"}, {1: "[]"}),
        ("a b] c d", {1: "[]"}, {1: "[]"}),
        ("a (b 🙂 c d", {1: "()"}, {1: "("}),
        ("a 🙂 b) c d", {1: "()"}, {1: ")"}),
        # What is out of balance in the text is taken as it is.
        ("a (b 🙂 c d", {}, {1: "("}),
        ("a 🙂 b) c d", {}, {1: ")"}),
        ("a 🙂 (b 🙂 c] 🙂 d", {}, {1: "(", 2: "]"}),
        # A word in brackets within others is worse than a bracket that nobody opened.
        ("a (b) 🙂 c) d", {0: "("}, {1: "()", 2: ")"}),
        ("a [b] 🙂 c] d", {0: "["}, {1: "[]", 2: "]"}),
    ],
)
def test_brackets_pair(text, wanted, got):
    assert classes("bracket", text, bracket=wanted) == got


@pytest.mark.parametrize(
    ("bracket", "mark", "expected"),
    [
        (4.0, 2.0, "paul ryan (r) said"),
        (2.0, 4.0, "paul ryan, r said"),
        (4.0, -2.0, "paul ryan (r) said"),
    ],
)
def test_a_bracket_opens_or_a_comma_stands_never_both(bracket, mark, expected):
    document = parse("paul ryan r said")
    scores = Scripted(bracket={2: ("()", bracket)}, mark={1: (",", mark)}).score(document.words)
    labels = decode(scores, document).labels
    assert write(Labelled(document.words, labels, document.bare, {})).lower() == expected


def test_a_comma_before_a_bracket_stays_where_it_stands():
    document = parse("paul ryan, (r) said")
    decoded = decode(Scripted().score(document.words), document)
    assert decoded.labels[1, heads.MARK] == heads.MARKS[","]
    assert decoded.labels[2, heads.BRACKET] == heads.BRACKETS["()"]


def test_brackets_hold_few_words():
    """A bracket that is missed is not looked for pages away."""
    text = "a b " + "c " * 200 + "d"
    near, far = ({1: ("(", 3.0), k: (")", 3.0)} for k in (8, 190))
    assert classes("bracket", text, bracket=near) == {1: "(", 8: ")"}
    assert classes("bracket", text, bracket=far) == {}


# --- a document that goes on from another -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("carried", "ends", "given", "result", "pairs"),
    [
        (None, True, {"close": {1: '"'}}, "a b c", []),
        (Carried(quote=1), True, {"close": {1: '"'}}, 'a b" c', [(0, 1)]),
        (Carried(quote=1), True, {"close": {2: ('"', -9.0)}}, 'a b c"', [(0, 2)]),
        (Carried(quote=1), False, {}, "a b c", [(0, 2)]),
        # Past its end no paragraph begins in which the quotation might open again: it closes if that is likelier.
        (Carried(quote=1), False, {"close": {2: ('"', 0.3)}}, 'a b c"', [(0, 2)]),
        (Carried(quote=1), False, {"close": {2: ('"', -0.3)}}, "a b c", [(0, 2)]),
        (Carried(quote=2), True, {"close": {0: "'", 2: '"'}}, "a' b c\"", [(0, 2)]),
        (Carried(quote=2), True, {"close": {1: "'\""}}, "a b'\" c", [(0, 1)]),
        (Carried(), False, {"open": {1: '"'}}, 'a "b c', [(1, 2)]),
        (Carried(), True, {"open": {1: '"'}}, "a b c", []),
        # The marks before its first word were written with the document before.
        (Carried(), True, {"open": {0: '"'}, "close": {1: '"'}}, "a b c", []),
        (Carried(quote=1), True, {"open": {0: '"', 2: '"'}, "close": {1: '"', 2: '"'}}, 'a b" "c"', [(0, 1), (2, 2)]),
    ],
)
def test_quotations_go_on_from_one_document_to_the_next(carried, ends, given, result, pairs):
    assert quoted("a b c", carried=carried, ends=ends, **given) == (result, pairs)


def test_a_quotation_that_goes_on_may_show_marks_at_either_end_of_a_document():
    # It opens again where the document begins, and closes at its end.
    assert quoted('"a b c"', carried=Carried(quote=1)) == ('"a b c"', [(0, 2)])
    # The empty line is the end of the document; where the next one begins the quotation opens again.
    assert quoted('a "b c\n\n', ends=False) == ('a "b c', [(1, 2)])


def test_brackets_go_on_from_one_document_to_the_next():
    assert classes("bracket", "a b c", carried=Carried(bracket=1), bracket={1: ")"}) == {1: ")"}
    assert classes("bracket", "a b c", carried=Carried(bracket=2), bracket={1: "]"}) == {1: "]"}
    assert classes("bracket", "a b c", carried=Carried(bracket=1), bracket={1: "]"}) == {1: ")"}
    assert classes("bracket", "a b c", carried=Carried(), ends=False, bracket={1: "("}) == {1: "("}
    assert classes("bracket", "a b c", carried=Carried(), ends=False, bracket={0: "("}) == {}


def test_sentences_go_on_from_one_document_to_the_next():
    assert decoded("a b", carried=Carried(starts=False)).labels[:, heads.START].tolist() == [0, 0]
    assert decoded("a b", carried=Carried(starts=True)).labels[:, heads.START].tolist() == [1, 0]


def test_an_apostrophe_is_none_in_a_single_quotation_that_goes_on():
    given = {"apostrophe": {0: "trailing", 2: "trailing"}, "close": {1: "'", 2: '"'}}
    assert classes("apostrophe", "as b cs d", carried=Carried(quote=2), **given) == {2: "trailing"}
    assert classes("apostrophe", "as b cs d", carried=Carried(quote=1), **given) == {0: "trailing", 2: "trailing"}


@pytest.mark.parametrize("written", [True, False])
def test_a_quotation_that_goes_on_is_written_whole_or_not_at_all(written):
    got = decoded("a b c d", carried=Carried(quote=1, written=written), close={1: '"', 3: '"'}, open={2: ('"', 1.0)})
    assert [pair[2] for pair in got.pairs] == [float(written), together(1.0, SURE)]
    assert got.probabilities[1, heads.CLOSE] == float(written)
    got = decoded("a b c", carried=Carried(quote=1, written=written), ends=False)
    assert [pair[2] for pair in got.pairs] == [float(written)]
    got = decoded("a b c", carried=Carried(), ends=False, open={1: ('"', 1.0)})
    assert [pair[2] for pair in got.pairs] == [together(1.0)]


# --- probabilities ----------------------------------------------------------------------------------------------------


def test_all_marks_of_a_quotation_share_its_probability():
    given = {
        "open": {1: ('"', 2.0), 2: ("'", 1.5), 4: ('"', 1.0)},
        "close": {2: ("'", 1.8), 5: ('"', 1.4)},
    }
    got = decoded("a b c d\n\ne f g", **given)
    whole = together(2.0, 1.0, 1.4)
    assert got.pairs == [(1, 5, whole)]
    assert got.probabilities[[1, 2, 4], heads.OPEN].tolist() == [whole] * 3
    assert got.probabilities[[2, 5], heads.CLOSE].tolist() == [whole] * 2
    # Where there is no mark, the probability is that of none.
    assert got.probabilities[[0, 3], heads.OPEN].tolist() == pytest.approx([1, 1])
    assert got.probabilities[[0, 1, 3, 4, 6], heads.CLOSE].tolist() == pytest.approx([1] * 5)


def test_a_quotation_is_less_likely_for_every_mark_that_may_part_it():
    given = {"open": {0: ('"', 3.0), 2: ('"', -1.0)}, "close": {1: ('"', -2.0), 3: ("'\"", 2.0)}}
    none = together(3.0, 2.0, 1.0, 2.0)
    # A single mark within it parts nothing.
    assert decoded("a b c d", open=given["open"] | {1: ("'", -1.0)}, close=given["close"]).pairs == [(0, 3, none)]
    # What stands before its first word, and after its last one, is its own.
    more = {"open": {0: ('"', 3.0), 5: ('"', 3.0)}, "close": {3: ('"', 2.0), 6: ('"', 2.0)}}
    assert decoded("a b c d e f g", **more).pairs == [(0, 3, together(3.0, 2.0)), (5, 6, together(3.0, 2.0))]
    # One that is still open when the text goes on may be parted up to its end.
    assert decoded("a b c", carried=Carried(), ends=False, open={1: ('"', 1.0)}, close={2: ('"', -1.0)}).pairs == [
        (1, 2, together(1.0, 1.0))
    ]


def test_a_model_may_say_how_sure_of_its_quotations_it_should_be():
    given = {"open": {0: ('"', 2.0)}, "close": {1: ('"', 3.0)}, "mark": {1: (",", 1.0)}}
    scored = probability_of(2.0) * probability_of(3.0)
    for slope, shift in ((0.7, 0.5), (1.0, -1.0), (2.0, 0.0)):
        got = decoded("a b c", calibration=(slope, shift), **given)
        assert got.pairs == [(0, 1, together(slope * odds(scored) + shift))]
        # Nothing else is touched: neither other marks nor what is chosen.
        assert got.probabilities[1, heads.MARK] == together(1.0)
        assert np.array_equal(got.labels, decoded("a b c", **given).labels)


def test_no_quotation_is_certain_or_impossible_enough_to_break_arithmetic():
    sure = decoded("a b", open={0: ('"', 90.0)}, close={1: ('"', 90.0)}, calibration=(100.0, 100.0))
    assert sure.pairs == [(0, 1, 1.0)]
    # The text has the marks of one quotation, and the model sees another in every gap.
    text = f'"{" ".join(["a"] * 300)}"'
    never = decoded(text, calibration=(100.0, -100.0), open=dict.fromkeys(range(300), ('"', 90.0)))
    assert never.pairs == [(0, 299, 0.0)]


def test_a_mark_that_opens_a_quotation_again_is_no_likelier_than_its_paragraph():
    given = {"open": {0: '"', 1: "'", 3: '"'}, "close": {1: "'", 4: '"'}}
    paragraph = {0: ("\n", -0.5), 2: ("\n", 0.5)}
    got = decoded("a b c d e", paragraphs=True, paragraph=paragraph, **given)
    whole = together(SURE, SURE, SURE)
    assert got.pairs == [(0, 4, whole)]
    # The marks within it are as likely as the whole.
    assert got.probabilities[[0, 1, 3], heads.OPEN].tolist() == [whole, whole, together(0.5)]
    # Nor does the mark that opens it first ask for a paragraph.
    got = decoded("a b c d", paragraph={0: ("\n", 1.0)}, open={1: '"'}, close={2: '"'})
    assert got.probabilities[1, heads.OPEN] == together(SURE, SURE)


def test_the_probability_of_a_capital_counts_word_and_sentence():
    inner, lower = 1 - probability_of(-1.0), 1 - probability_of(-0.5)
    given = {"start": {1: ("start", -1.0)}, "case": {1: ("title", -0.5), 2: ("upper", 1.0)}}
    got = decoded("x. a b", **given)
    assert got.labels[1:, heads.CASE].tolist() == [heads.LOWER, heads.UPPER]
    assert got.probabilities[1, heads.CASE] == pytest.approx(1 - inner * lower, abs=1e-6)
    assert got.probabilities[2, heads.CASE] == pytest.approx(probability_of(1.0), abs=1e-6)
    # So does a name, which would have its capital anywhere.
    got = decoded("x. a b", case={1: ("title", 1.0)}, start={1: ("start", -1.0)})
    assert got.labels[1, heads.CASE] == heads.TITLE
    assert got.probabilities[1, heads.CASE] == pytest.approx(1 - probability_of(1.0) * math.exp(-1.0) * inner, abs=1e-6)
    # A word in capitals is no more likely for starting a sentence.
    got = decoded("x. a b", case={1: ("upper", 1.0)}, start={1: ("start", -1.0)})
    assert got.probabilities[1, heads.CASE] == pytest.approx(probability_of(1.0), abs=1e-6)


def test_a_text_begins_with_a_capital_for_certain():
    got = decoded("a b", start={0: ("start", -9.0)})
    assert (got.labels[0, heads.START], got.probabilities[0, heads.CASE]) == (1, 1.0)


def test_probabilities_are_between_nought_and_one():
    got = decoded(
        "a b c", open={0: '"'}, close={2: ('"', 300.0)}, case={1: ("title", 300.0)}, start={0: ("start", -300.0)}
    )
    assert got.probabilities.min() >= 0
    assert got.probabilities.max() <= 1
    assert got.probabilities.shape == got.labels.shape == (3, len(HEADS))


@pytest.mark.parametrize(
    ("pairs", "opens", "closes", "probabilities"),
    [
        ([(1, 2, 0.9), (3, 3, 0.5)], {1}, {3}, [0.5, 0.5]),
        ([(1, 2, 0.5), (3, 3, 0.9)], {1}, {3}, [0.5, 0.5]),
        ([(1, 2, 0.9), (4, 5, 0.3), (6, 7, 0.8)], {1}, {7}, [0.3, 0.3, 0.3]),
        ([(0, 0, 0.1), (3, 4, 0.9), (5, 6, 0.8), (7, 8, 0.2)], {3}, {6}, [0.1, 0.8, 0.8, 0.2]),
        # Nothing is tied where the text has both marks of a pair, or neither, or only one half anywhere.
        ([(1, 2, 0.9), (3, 3, 0.5)], set(), set(), [0.9, 0.5]),
        ([(1, 2, 0.9), (3, 3, 0.5)], {1}, set(), [0.9, 0.5]),
        ([(1, 2, 0.9), (3, 3, 0.5)], set(), {3}, [0.9, 0.5]),
        ([(1, 2, 0.9), (3, 3, 0.5)], {1, 3}, {2, 3}, [0.9, 0.5]),
        ([(1, 2, 0.9), (3, 3, 0.5)], {1}, {2, 3}, [0.9, 0.5]),
        # What was parted is whole by the time the text opens again, as it does where a quotation runs on.
        ([(0, 1, 0.9), (3, 4, 0.1), (6, 7, 0.8)], {0, 6}, {7}, [0.1, 0.1, 0.8]),
        # A pair that begins before the text's own opening mark opens again there.
        ([(0, 3, 0.9), (4, 6, 0.1)], {1}, {6}, [0.1, 0.1]),
        ([(0, 1, 0.9), (2, 4, 0.3), (5, 6, 0.1)], {0, 3}, {6}, [0.1, 0.1, 0.1]),
        ([(0, 3, 0.9), (5, 6, 0.1)], {1}, {3, 6}, [0.9, 0.1]),
        # A mark ends what was begun, and the last that opens begins.
        ([(1, 2, 0.9), (3, 3, 0.5), (5, 6, 0.2)], {1}, {3, 6}, [0.5, 0.5, 0.2]),
        ([(1, 2, 0.9), (5, 6, 0.4), (8, 9, 0.3)], {1, 5}, {9}, [0.9, 0.3, 0.3]),
        ([(1, 2, 0.9), (5, 6, 0.4), (8, 9, 0.3)], {1, 5}, {6, 9}, [0.9, 0.4, 0.3]),
    ],
)
def test_pairs_that_the_text_has_halves_of_are_tied(pairs, opens, closes, probabilities):
    tied = tie_split_quotations(pairs, opens, closes)
    assert tied == [(*words, expected) for (*words, _), expected in zip(pairs, probabilities, strict=True)]
