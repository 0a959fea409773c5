"""The contracts, as properties over any text: with a scorer that says everything, and with the packaged model.

``HYPOTHESIS_PROFILE=long pytest tests/laws/test_laws.py`` tries 20,000 texts for each law. What it finds stays as an
``@example``. Streams have laws of their own, in ``test_streaming.py``.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import Counter

import pytest
from hypothesis import Phase, example, given, seed, settings
from hypothesis import strategies as st
from strategies import (
    ALPHABET,
    CATEGORIES,
    HOSTILE,
    LENGTHS,
    awkward_text,
    every_text,
    flat_news,
    half_flat_news,
    long_text,
)
from wild import WildScorer

from newsnorm import KINDS, apply, explain, flatten, missing, restore, restore_many
from newsnorm.decoding import decode
from newsnorm.document import parse
from newsnorm.labels import read, write
from newsnorm.labels.reading import read_separators, tokenize
from newsnorm.words import WORD, lower, upper

wild_scorers = st.builds(WildScorer, st.integers(0, 999), st.sampled_from([3.0, 1.0, 9.0, 0.0]), st.booleans())
some_kinds = st.integers(0, 2 ** len(KINDS) - 1).map(
    lambda bits: [kind for k, kind in enumerate(KINDS) if bits >> k & 1]
)
styles = st.sampled_from(
    [
        {"quotes": quotes, "paragraphs": paragraphs, "consistent": consistent}
        for consistent in (True, False)
        for paragraphs in (False, True)
        for quotes in ("straight", "curly")
    ]
)
thresholds = st.floats(0, 1)

#: Options that leave every edit in place.
all_edits = st.builds(lambda style, model: {**style, "kinds": KINDS, "model": model}, styles, wild_scorers)
some_options = st.builds(
    # All kinds a third of the time, those that the text lacks another, and half the time no threshold.
    lambda options, kinds, which, threshold: {
        **options,
        "kinds": {"all": KINDS, "missing": None, "some": kinds}[which],
        "threshold": max(0.0, threshold),
    },
    all_edits,
    some_kinds,
    st.sampled_from(["all", "missing", "some"]),
    st.floats(-1, 1),
)

#: Options for examples, beside a model.
ALL = {"kinds": KINDS, "threshold": 0.0, "quotes": "straight", "paragraphs": False, "consistent": False}


# --- what flattening and labels promise -------------------------------------------------------------------------------


@given(every_text)
def test_flatten_is_idempotent(text):
    flat = flatten(text)
    assert flatten(flat) == flat


@given(every_text)
@example("0--' ")
@example("A . 0")
@example("A.)%0")
@example("(a Mr).The")
@example("a* .( a).")
@example("b(. [h b.)")
def test_what_was_written_reads_the_same(text):
    labelled = read(text)
    written = write(labelled)
    again = read(written)
    assert flatten(written) == flatten(text)
    assert write(again) == written
    # A word has labels from the gaps on both its sides.
    tokens, separators = tokenize(text)
    _, known, _ = read_separators(labelled.words, tokens, separators)
    assert (again.labels == labelled.labels)[known[:-1] & known[1:]].all()


# --- what restoring promises ------------------------------------------------------------------------------------------


@given(every_text, some_options)
def test_total_and_words_kept(text, options):
    got = restore(text, **options)
    assert type(got) is str
    assert flatten(got) == flatten(text)


#: All that newsnorm puts into a text, capitals apart.
RESTORED = set("'’‘\"“”.,?!:;—-/&@$£€%#()[] \n")
LINE_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


@given(every_text, some_options)
@example("so\rcalled", {**ALL, "model": WildScorer(0)})
@example("so\u2028called", {**ALL, "model": WildScorer(0)})
def test_additive(text, options):
    got = restore(text, **options)
    # Marks and letters stay, in their order.
    rest = iter(lower(got))
    assert all(c in rest for c in lower(text) if not c.isspace())
    # Only a text in capitals loses some: in words all in capitals, or such as McCONNELL.
    document, model = parse(text), options["model"]
    found = decode(next(model.score_many([document.words])), document, biases=model.biases)
    for i, (one, other) in enumerate(zip(document.tokens, WORD.findall(got), strict=True)):
        if any(a != b and a != lower(a) for a, b in zip(one, other, strict=True)):
            assert i in found.capitals
            assert one == upper(one) or other in model.forms.values()
    # What is new is a mark; white space gives way to one that joins two words, but never a line break.
    before, after = Counter(lower(text)), Counter(lower(got))
    assert (after - before).keys() <= RESTORED
    assert all(before[c] <= after[c] for c in LINE_BREAKS)
    assert options["paragraphs"] or before["\n"] == after["\n"]


@given(every_text, some_options)
# What hangs on an ellipsis that stands free hangs on the word.
@example("00000)1 .. 1", {**ALL, "model": WildScorer(0, 3.0)})
# A single quotation that runs over a line's end.
@example("11NY\rMILES\rKIK", {**ALL, "model": WildScorer(91, 3.0)})
def test_idempotent(text, options):
    once = restore(text, **options)
    assert restore(once, **options) == once


@given(every_text, some_options)
def test_one_path(text, options):
    found = explain(text, **options)
    assert found.source == text
    assert found.text == restore(text, **options) == apply(text, found.edits)
    kinds = missing(text) if options["kinds"] is None else options["kinds"]
    assert {edit.kind for edit in found.edits} <= {*kinds, "paragraphs"}
    last = 0
    for edit in found.edits:
        assert edit.offset >= last
        assert text.startswith(edit.before, edit.offset)
        last = edit.offset + len(edit.before)
    assert last <= len(text)


@given(every_text, some_options, st.integers(0, 2**64))
def test_any_of_the_edits_keep_the_words(text, options, chosen):
    edits = explain(text, **options).edits
    assert flatten(apply(text, [edit for k, edit in enumerate(edits) if chosen >> k % 64 & 1])) == flatten(text)


@given(every_text, all_edits, some_kinds, thresholds, thresholds)
def test_kinds_and_threshold_choose_among_the_edits(text, options, kinds, one, other):
    low, high = sorted((one, other))
    more = explain(text, threshold=low, **options).edits
    fewer = explain(text, **{**options, "kinds": kinds, "threshold": high}).edits
    assert fewer == tuple(e for e in more if e.probability >= high and e.kind in {*kinds, "paragraphs"})


@given(every_text, all_edits, thresholds, thresholds)
def test_threshold_chooses_among_the_edits_of_what_is_missing(text, options, one, other):
    low, high = sorted((one, other))
    more = explain(text, **{**options, "kinds": None, "threshold": low}).edits
    fewer = explain(text, **{**options, "kinds": None, "threshold": high}).edits
    assert fewer == tuple(e for e in more if e.probability >= high)


@given(every_text)
def test_flat_text_lacks_all_kinds(text):
    assert missing(flatten(text)) == KINDS


@given(every_text, some_options)
def test_restoring_what_is_missing_makes_nothing_else_missing(text, options):
    assert {*missing(restore(text, **{**options, "kinds": None}))} <= {*missing(text)}


@given(flat_news, all_edits)
def test_on_flat_text_what_is_missing_are_all_kinds(text, options):
    assert restore(text, **{**options, "kinds": None}) == restore(text, **options)


@given(flat_news, all_edits, st.lists(some_kinds, min_size=1, max_size=3), st.permutations(KINDS))
@example("112 cents 1", {"consistent": False, "model": WildScorer(5, 9.0)}, [["contractions"], ["quotes"]], KINDS)
@example(
    "hit 225", {"consistent": False, "model": WildScorer(41)}, [["case", "contractions"], ["case", "quotes"]], KINDS
)
def test_kinds_compose(text, options, parts, order):
    for parting in (parts, [order[:2], order[2:4], order[4:]]):
        step = text
        for kinds in parting:
            step = restore(step, **{**options, "kinds": kinds})
        assert step == restore(text, **{**options, "kinds": set().union(*parting)})


#: Whatever may be read as a quotation mark or an apostrophe.
QUOTATION_MARKS = str.maketrans(dict.fromkeys("\"“”„‟«»″＂'‘’‚‛ʼ`´′＇"))


def balanced(text: str) -> bool:
    """Tell whether double quotation marks open and close in turn; a new paragraph may open the same one again."""
    is_open = broken = False
    for mark in re.findall(rf"[“”{LINE_BREAKS}]", text):
        if mark == ("“" if is_open and not broken else "”" if not is_open else None):
            return False
        is_open, broken = (mark == "“", False) if mark in "“”" else (is_open, True)
    return not is_open


@given(every_text, some_options)
# A letter that Unicode got after Python's tables were made.
@example("\U0003ea5a", {**ALL, "model": WildScorer(0, 3.0)})
def test_quotes_balance_in_text_that_has_none(text, options):
    got = restore(text.translate(QUOTATION_MARKS), **{**options, "quotes": "curly"})
    assert balanced(got)
    assert all(WORD.search(quoted) for quoted in re.findall("“([^”]*)”", got))


@given(flat_news, some_options, wild_scorers)
# A closing mark looked for past the white space, where another quotation opens.
@example("the review the of", {**ALL, "model": WildScorer(91)}, WildScorer(573))
# A quotation parted in two, of which one is too unlikely to be written.
@example("know when she", {**ALL, "threshold": 0.25, "model": WildScorer(1)}, WildScorer(0, 3.0, tied=True))
# Opened again at a paragraph break that is too unlikely to be written.
@example(
    "and the u k along with agents of the f b i and analysts from the cia",
    {**ALL, "threshold": 0.75, "paragraphs": True, "model": WildScorer(0, 1.0)},
    WildScorer(294, 9.0),
)
# A quotation parted in two before it opens again at a paragraph of the text.
@example(
    "of anonymity said that shape the alliance s military headquarters wasn t told for another nine hours and that "
    "the g 7 countries",
    {**ALL, "threshold": 0.0625, "paragraphs": True, "model": WildScorer(0, 3.0)},
    WildScorer(696, 3.0),
)
# One that began before it.
@example(
    "by gen mark tolliver the deputy commander of u",
    {**ALL, "kinds": ["quotes"], "threshold": 0.0625, "paragraphs": True, "model": WildScorer(110, 1.0)},
    WildScorer(35, 3.0),
)
def test_quotes_balance_in_text_that_has_its_own(text, options, other):
    text = restore(text, **{**options, "quotes": "curly"})
    assert balanced(restore(text, **{**options, "quotes": "curly", "model": other}))


@given(every_text, some_options)
def test_quotations_are_where_they_are_said_to_be(text, options):
    found = explain(text, **options)
    last = 0
    for quotation in found.quotations:
        assert last <= quotation.start <= quotation.end <= len(found.text)
        assert found.text[quotation.start : quotation.end] == quotation.text
        assert flatten(quotation.text)
        assert 0 <= quotation.probability <= 1
        last = quotation.end


@given(flat_news, wild_scorers, thresholds, st.booleans())
# A pair that is not written, between one that closes in the same gap and one that opens in the same gap.
@example(
    "a classified iaea assessment ended up on the laptop of a junior contractor in stuttgart germany the review "
    "ordered by gen mark",
    WildScorer(780),
    0.5,
    False,
)
def test_quotations_are_all_that_stand_in_flat_text(text, model, threshold, consistent):
    found = explain(text, threshold=threshold, quotes="curly", consistent=consistent, model=model)
    spans = [match.span(1) for match in re.finditer("“([^“”]*)”", found.text)]
    assert [(quotation.start, quotation.end) for quotation in found.quotations] == spans
    assert all(quotation.probability >= threshold for quotation in found.quotations)


@given(every_text, some_options)
def test_quote_style_changes_the_form_alone(text, options):
    straight, curly = (explain(text, **{**options, "quotes": style}).edits for style in ("straight", "curly"))
    plain = str.maketrans("“”‘’", "\"\"''")
    assert [(e.offset, e.after.translate(plain)) for e in straight if e.kind != "case"] == [
        (e.offset, e.after.translate(plain)) for e in curly if e.kind != "case"
    ]


@given(st.lists(every_text, max_size=3), some_options)
def test_pure_whatever_the_neighbours(texts, options):
    alone = [restore(text, **options) for text in texts]
    assert list(restore_many(texts, **options)) == alone
    assert list(restore_many(iter(texts[::-1]), **options)) == alone[::-1]


def lines_run(function, *arguments, **options) -> int:
    """Count the lines of newsnorm that a call runs."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        if "newsnorm" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    others = sys.gettrace()
    sys.settrace(trace)
    try:
        function(*arguments, **options)
    finally:
        sys.settrace(others)
    return count


@given(flat_news | half_flat_news() | awkward_text, wild_scorers)
def test_linear_in_the_lines_that_are_run(text, model):
    """No loop runs more often for a word in a long text; the time itself is measured by the benchmark ``scaling``."""
    short, long = (lines_run(explain, f"{text} and " * times, model=model) for times in (2, 8))
    assert long <= 1.5 * 4 * short


# --- with the packaged model ------------------------------------------------------------------------------------------

#: One of so many examples, because the encoder costs ten times what the rest of an example does.
SHARE = 10
some_of_the_examples = settings(max_examples=max(10, settings().max_examples // SHARE))


@some_of_the_examples
@given(every_text, some_kinds, thresholds, styles)
def test_the_packaged_model_keeps_the_laws(text, kinds, threshold, options):
    for which in (KINDS, None):
        found = explain(text, kinds=which, **options)
        assert flatten(found.text) == flatten(text)
        assert apply(text, found.edits) == found.text == restore(text, kinds=which, **options)
        assert restore(found.text, kinds=which, **options) == found.text
    every, fewer = explain(text, kinds=KINDS, **options), explain(text, kinds=kinds, threshold=threshold, **options)
    assert fewer.edits == tuple(
        e for e in every.edits if e.probability >= threshold and e.kind in {*kinds, "paragraphs"}
    )
    assert restore(fewer.text, kinds=kinds, threshold=threshold, **options) == fewer.text


@some_of_the_examples
@given(flat_news, st.permutations(KINDS), st.booleans(), st.booleans())
def test_kinds_compose_with_the_packaged_model(text, order, paragraphs, consistent):
    options = {"quotes": "curly", "paragraphs": paragraphs, "consistent": consistent}
    together = restore(text, **options)
    assert balanced(together)
    for kind in order:
        text = restore(text, kinds=[kind], **options)
    assert text == together


# --- what the laws are tried with -------------------------------------------------------------------------------------


def test_the_alphabet_has_every_general_category():
    assert set(CATEGORIES) == {unicodedata.category(chr(code)) for code in range(sys.maxunicode + 1)}
    for category in CATEGORIES:
        assert {unicodedata.category(c) for c in ALPHABET[category]} == {category}


def _draw(strategy, runs):
    """Draw 100 texts in each of *runs*: within one, Hypothesis keeps to what it has drawn before."""
    drawn = []
    for run in range(runs):

        @seed(run)
        @settings(max_examples=100, database=None, phases=[Phase.generate])
        @given(strategy)
        def draw(text):
            drawn.append(text)

        draw()
    return drawn


@pytest.fixture(scope="module")
def texts():
    """As many texts as a law is tried with in a few runs."""
    return _draw(every_text, 30)


@pytest.mark.parametrize("ingredient", HOSTILE)
def test_hostile_text_occurs(texts, ingredient):
    short = (text for text in texts if len(text) < min(LENGTHS))
    assert sum(any(item in text for item in HOSTILE[ingredient]) for text in short) >= 5


def test_every_general_category_occurs(texts):
    assert {unicodedata.category(c) for text in texts for c in set(text)} == set(CATEGORIES)


def test_long_words_and_long_gaps_occur():
    # Drawn by themselves, because few texts of every sort have a gap of the greatest length.
    texts = _draw(long_text, 4)
    for length in LENGTHS:
        assert any(len(word) >= length for text in texts for word in WORD.findall(text))
        assert any(len(gap) >= length for text in texts for gap in WORD.split(text))


def test_news_occurs_in_every_state(texts):
    from strategies import STORIES

    stories = " ".join(" ".join(STORIES.values()).split())
    flat = flatten(stories)
    news = [" ".join(text.split()) for text in texts if len(text.split()) > 5]
    assert any(text in flat for text in news), "flat"
    assert any(text in stories and '"' in text for text in news), "as it was written"
    assert any(text in stories.upper() and text not in stories for text in news), "all capitals"
    assert any(text in stories.lower() and text not in flat for text in news), "all lower case"
    assert any(text.count('"') % 2 for text in news), "unbalanced"
