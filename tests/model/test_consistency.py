"""Document-level consistency: clear mentions decide doubtful ones, and nothing else changes."""

import numpy as np
import pytest
from hypothesis import given
from strategies import flat_news
from wild import WildScorer

from newsnorm import explain, quotations, restore, restore_many
from newsnorm.labels import HEADS, heads
from newsnorm.model.consistency import FLOOR, make_consistent
from newsnorm.model.scores import OFFSETS, log_softmax


class ProbabilityScorer:
    """A scorer with given probabilities: ``ProbabilityScorer(join={3: {"'": 0.4}})``.

    The first class of each head gets the rest.
    """

    forms, biases, calibration = {}, None, None

    def __init__(self, **heads):
        self.heads = heads

    def score(self, words):
        shares = np.zeros((len(words), OFFSETS[-1]))
        shares[:, OFFSETS[:-1]] = 1
        for head, places in self.heads.items():
            begin, classes = OFFSETS[list(HEADS).index(head)], HEADS[head]
            for place, shared in places.items():
                for form, share in shared.items():
                    shares[place, begin + classes.index(form)] = share
                shares[place, begin] = 1 - sum(shared.values())
        return np.log(shares + 1e-9).astype(np.float32)

    def score_many(self, texts):
        return map(self.score, texts)


def combined(text, head, **heads):
    """Return the probabilities of a head after all mentions were made consistent."""
    begin, end = OFFSETS[head], OFFSETS[head + 1]
    words = text.split()
    return np.exp(log_softmax(make_consistent(ProbabilityScorer(**heads).score(words), words))[:, begin:end])


# --- consistent forms -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flat", "heads", "apart", "alike"),
    [
        (
            "near kata ib posts a kata ib man died",
            {"join": {1: {"'": 0.99}, 5: {"'": 0.3}}},
            "Near kata'ib posts a kata ib man died.",
            "Near kata'ib posts a kata'ib man died.",
        ),
        (
            "some u s troops met other u s envoys",
            {"join": {1: {".": 0.3}, 6: {".": 0.99}}},
            "Some u s troops met other u.s envoys.",
            "Some u.s troops met other u.s envoys.",
        ),
        (
            "what isis took from other rebels isis kept",
            {"case": {1: {"upper": 0.99}, 6: {"title": 0.6, "upper": 0.4}}},
            "What ISIS took from other rebels Isis kept.",
            "What ISIS took from other rebels ISIS kept.",
        ),
        (
            "what vandermeer said when vandermeer left vandermeer knew",
            {"case": {1: {"mixed": 0.97}, 4: {"mixed": 0.98}, 6: {"title": 0.7, "mixed": 0.3}}},
            "What VanderMeer said when VanderMeer left Vandermeer knew.",
            "What VanderMeer said when VanderMeer left VanderMeer knew.",
        ),
    ],
)
def test_a_doubtful_mention_is_written_like_the_clear_ones(flat, heads, apart, alike):
    n = len(flat.split())
    model = ProbabilityScorer(**heads, mark={n - 1: {".": 1.0}}, start={0: {"start": 1.0}})
    model.forms = {"vandermeer": "VanderMeer"}
    assert restore(flat, model=model) == restore(flat, consistent=True, model=model) == alike
    assert restore(flat, consistent=False, model=model) == apart
    assert list(restore_many([flat, flat], model=model)) == [alike, alike]
    assert list(restore_many([flat, flat], consistent=False, model=model)) == [apart, apart]
    assert explain(flat, model=model).text == alike
    assert explain(flat, consistent=False, model=model).text == apart


def test_quotations_are_consistent_with_the_rest_of_the_text():
    flat = "near kata ib posts a kata ib man said"
    said = {"join": {1: {"'": 0.99}, 5: {"'": 0.3}}, "open": {4: {'"': 1.0}}, "close": {7: {'"': 1.0}}}
    assert [one.text for one in quotations(flat, model=ProbabilityScorer(**said))] == ["a kata'ib man"]
    assert [one.text for one in quotations(flat, consistent=False, model=ProbabilityScorer(**said))] == [
        "a kata ib man"
    ]


def test_texts_do_not_affect_each_other():
    flats = ["a kata ib man", "the kata ib men"]
    sure, doubtful = ProbabilityScorer(join={1: {"'": 0.99}}), ProbabilityScorer(join={1: {"'": 0.3}})

    class Both(ProbabilityScorer):
        def score_many(self, texts):
            return (model.score(words) for model, words in zip((sure, doubtful), texts, strict=True))

    assert list(restore_many(flats, kinds=["contractions"], model=Both())) == ["a kata'ib man", "the kata ib men"]


# --- what is decided for each mention ---------------------------------------------------------------------------------


def test_title_or_lower_case_is_decided_for_each_mention():
    case = {1: {"title": 0.99}, 5: {"title": 0.3}}
    got = combined("when president voss met another president there", heads.CASE, case=case)
    assert got[5] == pytest.approx([0.7, 0.3, 0, 0], abs=1e-6)


def test_a_word_in_the_same_phrase_has_the_same_case():
    flat = "the tea party and then the tea party"
    assert combined(flat, heads.CASE, case={1: {"title": 0.99}, 6: {"title": 0.3}})[6, heads.TITLE] > 0.7
    assert combined(flat, heads.CASE, case={1: {"title": 0.01}, 6: {"title": 0.3}})[6, heads.TITLE] < 0.1


def test_a_hyphen_is_decided_for_each_mention():
    join = {1: {"-": 0.99}, 6: {"-": 0.3}}
    got = combined("some long term debt in the long term", heads.JOIN, join=join)
    assert got[6, heads.JOINS["-"]] == pytest.approx(0.3)


def test_a_hyphen_in_the_same_phrase_is_the_same():
    join = {1: {"-": 0.99}, 5: {"-": 0.3}}
    assert combined("of al sadr and of al sadr", heads.JOIN, join=join)[5, heads.JOINS["-"]] > 0.7


def test_numbers_do_not_affect_each_other():
    text, join = "some 5 200 men and 5 200 women", {1: {",": 0.99}, 5: {",": 0.3}}
    assert combined(text, heads.JOIN, join=join)[5, heads.JOINS[","]] == pytest.approx(0.3)
    text, case = "the 5th corps and the 5th corps", {1: {"upper": 0.99}, 5: {"title": 0.3, "upper": 0.3}}
    assert combined(text, heads.CASE, case=case)[5, heads.UPPER] == pytest.approx(0.3)


def test_confident_mentions_are_unchanged():
    words = "us troops told us".split()
    scores = ProbabilityScorer(case={0: {"upper": 0.99}}).score(words)
    assert (make_consistent(scores.copy(), words) == scores).all()


@pytest.mark.parametrize("flat", ["the kata ib men and some others", "the kata ib men and the others"])
def test_words_that_occur_once_are_unchanged(flat):
    words = flat.split()
    scores = ProbabilityScorer(join={1: {"'": 0.4}}, case={1: {"title": 0.5}}).score(words)
    assert (make_consistent(scores.copy(), words) == scores).all()


def test_text_without_words_has_no_scores():
    assert len(make_consistent(np.zeros((0, OFFSETS[-1]), np.float32), [])) == 0


# --- how mentions are combined ----------------------------------------------------------------------------------------


def test_mentions_are_combined_by_the_mean_of_their_squared_probabilities():
    case = {0: {"title": 0.9, "upper": 0.1}, 2: {"title": 0.4, "upper": 0.6}, 4: {"title": 0.5, "upper": 0.5}}
    got = combined("alstom and alstom or alstom", heads.CASE, case=case)
    title = 0.5 * ((0.9**2 + 0.4**2) / 2 + FLOOR)
    upper = 0.5 * ((0.1**2 + 0.6**2) / 2 + FLOOR)
    assert got[4, heads.TITLE] == pytest.approx(title / (title + upper), rel=1e-4)


def test_impossible_classes_get_finite_scores():
    words = "alstom and alstom".split()
    scores = ProbabilityScorer(case={0: {"title": 0.6}}).score(words)
    scores[:, OFFSETS[heads.CASE] + heads.TITLE :] = -np.inf
    scores[2, OFFSETS[heads.CASE] :] = [-np.inf, 0, -np.inf, 0]
    assert np.isfinite(make_consistent(scores, words)[[0, 2], OFFSETS[heads.CASE] :]).all()


@given(flat_news)
def test_only_joins_and_case_change(text):
    words = f"{text} {text}".split()
    scores = next(WildScorer(7, 1.0).score_many([words]))
    got = make_consistent(scores.copy(), words)
    assert got.dtype == np.float32
    assert np.isfinite(got).all()
    others = np.ones(OFFSETS[-1], bool)
    for head in (heads.JOIN, heads.CASE):
        others[OFFSETS[head] : OFFSETS[head + 1]] = False
    assert (got[:, others] == scores[:, others]).all()
