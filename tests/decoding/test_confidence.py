"""The probabilities of labels, above all those of quotations, whose marks share one."""

import math

import numpy as np
import pytest
from decoded import decoded, odds, together
from scripted import SURE, probability_of

from newsnorm.decoding import Carried
from newsnorm.decoding.confidence import tie_split_quotations
from newsnorm.labels import HEADS, heads


def test_probabilities_are_between_zero_and_one():
    got = decoded(
        "a b c", open={0: '"'}, close={2: ('"', 300.0)}, case={1: ("title", 300.0)}, start={0: ("start", -300.0)}
    )
    assert got.probabilities.min() >= 0
    assert got.probabilities.max() <= 1
    assert got.probabilities.shape == got.labels.shape == (3, len(HEADS))


# --- quotations -------------------------------------------------------------------------------------------------------


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


def test_every_mark_that_might_split_a_quotation_lowers_its_probability():
    given = {"open": {0: ('"', 3.0), 2: ('"', -1.0)}, "close": {1: ('"', -2.0), 3: ("'\"", 2.0)}}
    none = together(3.0, 2.0, 1.0, 2.0)
    # A single mark within it splits nothing.
    assert decoded("a b c d", open=given["open"] | {1: ("'", -1.0)}, close=given["close"]).pairs == [(0, 3, none)]
    # The marks before its first word and after its last one are its own.
    more = {"open": {0: ('"', 3.0), 5: ('"', 3.0)}, "close": {3: ('"', 2.0), 6: ('"', 2.0)}}
    assert decoded("a b c d e f g", **more).pairs == [(0, 3, together(3.0, 2.0)), (5, 6, together(3.0, 2.0))]
    # A quotation that continues in the next document may be split up to the end of this one.
    assert decoded("a b c", carried=Carried(), ends=False, open={1: ('"', 1.0)}, close={2: ('"', -1.0)}).pairs == [
        (1, 2, together(1.0, 1.0))
    ]


def test_a_mark_that_reopens_a_quotation_is_no_likelier_than_its_paragraph():
    given = {"open": {0: '"', 1: "'", 3: '"'}, "close": {1: "'", 4: '"'}}
    paragraph = {0: ("\n", -0.5), 2: ("\n", 0.5)}
    got = decoded("a b c d e", paragraphs=True, paragraph=paragraph, **given)
    whole = together(SURE, SURE, SURE)
    assert got.pairs == [(0, 4, whole)]
    # The marks within it are as likely as the whole.
    assert got.probabilities[[0, 1, 3], heads.OPEN].tolist() == [whole, whole, together(0.5)]
    # The mark that opens it first needs no paragraph.
    got = decoded("a b c d", paragraph={0: ("\n", 1.0)}, open={1: '"'}, close={2: '"'})
    assert got.probabilities[1, heads.OPEN] == together(SURE, SURE)


@pytest.mark.parametrize(("text", "opening"), [('a "b c d" e', '"'), ("a \"'b' c d\" e", "\"'")])
def test_marks_inserted_between_two_of_the_text_share_their_probability(text, opening):
    """The text opens one quotation and closes another: both marks between them are right, or neither is."""
    got = decoded(text, close={2: ('"', 1.0), 3: '"'}, open={1: opening, 3: ('"', 2.0)})
    assert got.pairs == [(1, 2, together(1.0, SURE)), (3, 3, together(1.0, SURE))]
    # If the text has a mark between them, too, each has its own probability.
    got = decoded(text.replace("c d", 'c" d'), close={2: ('"', 1.0), 3: '"'}, open={1: opening, 3: ('"', 2.0)})
    assert got.pairs == [(1, 2, together(1.0, SURE)), (3, 3, together(2.0, SURE))]


@pytest.mark.parametrize(
    ("pairs", "opens", "closes", "probabilities"),
    [
        ([(1, 2, 0.9), (3, 3, 0.5)], {1}, {3}, [0.5, 0.5]),
        ([(1, 2, 0.5), (3, 3, 0.9)], {1}, {3}, [0.5, 0.5]),
        ([(1, 2, 0.9), (4, 5, 0.3), (6, 7, 0.8)], {1}, {7}, [0.3, 0.3, 0.3]),
        ([(0, 0, 0.1), (3, 4, 0.9), (5, 6, 0.8), (7, 8, 0.2)], {3}, {6}, [0.1, 0.8, 0.8, 0.2]),
        # Nothing is tied if the text has both marks of a pair, or neither, or only one half in all.
        ([(1, 2, 0.9), (3, 3, 0.5)], set(), set(), [0.9, 0.5]),
        ([(1, 2, 0.9), (3, 3, 0.5)], {1}, set(), [0.9, 0.5]),
        ([(1, 2, 0.9), (3, 3, 0.5)], set(), {3}, [0.9, 0.5]),
        ([(1, 2, 0.9), (3, 3, 0.5)], {1, 3}, {2, 3}, [0.9, 0.5]),
        ([(1, 2, 0.9), (3, 3, 0.5)], {1}, {2, 3}, [0.9, 0.5]),
        # The split quotation is complete before the text reopens one, as it does at a new paragraph.
        ([(0, 1, 0.9), (3, 4, 0.1), (6, 7, 0.8)], {0, 6}, {7}, [0.1, 0.1, 0.8]),
        # A pair that begins before the opening mark of the text reopens there.
        ([(0, 3, 0.9), (4, 6, 0.1)], {1}, {6}, [0.1, 0.1]),
        ([(0, 1, 0.9), (2, 4, 0.3), (5, 6, 0.1)], {0, 3}, {6}, [0.1, 0.1, 0.1]),
        ([(0, 3, 0.9), (5, 6, 0.1)], {1}, {3, 6}, [0.9, 0.1]),
        # A closing mark of the text ends the split quotation, and its last opening mark begins one.
        ([(1, 2, 0.9), (3, 3, 0.5), (5, 6, 0.2)], {1}, {3, 6}, [0.5, 0.5, 0.2]),
        ([(1, 2, 0.9), (5, 6, 0.4), (8, 9, 0.3)], {1, 5}, {9}, [0.9, 0.3, 0.3]),
        ([(1, 2, 0.9), (5, 6, 0.4), (8, 9, 0.3)], {1, 5}, {6, 9}, [0.9, 0.4, 0.3]),
    ],
)
def test_quotations_that_split_one_of_the_text_share_their_probability(pairs, opens, closes, probabilities):
    tied = tie_split_quotations(pairs, opens, closes)
    assert tied == [(*words, expected) for (*words, _), expected in zip(pairs, probabilities, strict=True)]


@pytest.mark.parametrize("written", [True, False])
def test_a_quotation_over_several_documents_is_written_completely_or_not_at_all(written):
    got = decoded("a b c d", carried=Carried(quote=1, written=written), close={1: '"', 3: '"'}, open={2: ('"', 1.0)})
    assert [pair[2] for pair in got.pairs] == [float(written), together(1.0, SURE)]
    assert got.probabilities[1, heads.CLOSE] == float(written)
    got = decoded("a b c", carried=Carried(quote=1, written=written), ends=False)
    assert [pair[2] for pair in got.pairs] == [float(written)]
    got = decoded("a b c", carried=Carried(), ends=False, open={1: ('"', 1.0)})
    assert [pair[2] for pair in got.pairs] == [together(1.0)]


def test_calibration_adjusts_the_probability_of_quotations_alone():
    given = {"open": {0: ('"', 2.0)}, "close": {1: ('"', 3.0)}, "mark": {1: (",", 1.0)}}
    scored = probability_of(2.0) * probability_of(3.0)
    for slope, shift in ((0.7, 0.5), (1.0, -1.0), (2.0, 0.0)):
        got = decoded("a b c", calibration=(slope, shift), **given)
        assert got.pairs == [(0, 1, together(slope * odds(scored) + shift))]
        # Neither other marks nor the labels change.
        assert got.probabilities[1, heads.MARK] == together(1.0)
        assert np.array_equal(got.labels, decoded("a b c", **given).labels)


def test_extreme_scores_do_not_break_the_arithmetic():
    sure = decoded("a b", open={0: ('"', 90.0)}, close={1: ('"', 90.0)}, calibration=(100.0, 100.0))
    assert sure.pairs == [(0, 1, 1.0)]
    # The text has the marks of one quotation, and the model sees another in every gap.
    text = f'"{" ".join(["a"] * 300)}"'
    never = decoded(text, calibration=(100.0, -100.0), open=dict.fromkeys(range(300), ('"', 90.0)))
    assert never.pairs == [(0, 299, 0.0)]


# --- capitals ---------------------------------------------------------------------------------------------------------


def test_the_probability_of_a_capital_combines_word_and_sentence():
    inner, lower = 1 - probability_of(-1.0), 1 - probability_of(-0.5)
    given = {"start": {1: ("start", -1.0)}, "case": {1: ("title", -0.5), 2: ("upper", 1.0)}}
    got = decoded("x. a b", **given)
    assert got.labels[1:, heads.CASE].tolist() == [heads.LOWER, heads.UPPER]
    assert got.probabilities[1, heads.CASE] == pytest.approx(1 - inner * lower, abs=1e-6)
    assert got.probabilities[2, heads.CASE] == pytest.approx(probability_of(1.0), abs=1e-6)
    # A name, which has its capital anywhere, combines them, too.
    got = decoded("x. a b", case={1: ("title", 1.0)}, start={1: ("start", -1.0)})
    assert got.labels[1, heads.CASE] == heads.TITLE
    assert got.probabilities[1, heads.CASE] == pytest.approx(1 - probability_of(1.0) * math.exp(-1.0) * inner, abs=1e-6)
    # A word in capitals is no likelier because it starts a sentence.
    got = decoded("x. a b", case={1: ("upper", 1.0)}, start={1: ("start", -1.0)})
    assert got.probabilities[1, heads.CASE] == pytest.approx(probability_of(1.0), abs=1e-6)


def test_the_capital_at_the_start_of_a_text_is_certain():
    got = decoded("a b", start={0: ("start", -9.0)})
    assert (got.labels[0, heads.START], got.probabilities[0, heads.CASE]) == (1, 1.0)
