"""The laws, as properties of any text: with a random scorer, and with the packaged model.

``HYPOTHESIS_PROFILE=long pytest tests/laws/test_laws.py`` tries 20,000 texts for each law. What it finds is kept as an
``@example``. The laws of streams are in ``tests/test_streaming.py``.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import Counter

import pytest
from hypothesis import Phase, example, given, seed, settings
from hypothesis import strategies as st
from options import all_edits, some_kinds, some_options, styles, thresholds, wild_scorers
from steps import lines_run
from strategies import (
    ALPHABET,
    CATEGORIES,
    HOSTILE,
    LENGTHS,
    awkward_text,
    every_text,
    flat_news,
    long_text,
    partially_formatted_news,
)
from wild import WildScorer

from newsnorm import KINDS, apply, explain, flatten, missing, restore, restore_many
from newsnorm.decoding import decode
from newsnorm.document import parse
from newsnorm.labels import read, write
from newsnorm.labels.reading import read_separators, tokenize
from newsnorm.words import WORD, lower, upper

#: Options for examples, to which each adds a model.
ALL = {"kinds": KINDS, "threshold": 0.0, "quotes": "straight", "paragraphs": False, "consistent": False}


# --- flattening and labels --------------------------------------------------------------------------------------------


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
def test_written_labels_are_read_back_unchanged(text):
    labelled = read(text)
    written = write(labelled)
    again = read(written)
    assert flatten(written) == flatten(text)
    assert write(again) == written
    # The labels of a word come from the gaps on both sides of it.
    tokens, separators = tokenize(text)
    _, known, _ = read_separators(labelled.words, tokens, separators)
    assert (again.labels == labelled.labels)[known[:-1] & known[1:]].all()


# --- restoring --------------------------------------------------------------------------------------------------------


@given(every_text, some_options)
def test_restoring_never_fails_and_keeps_the_words(text, options):
    got = restore(text, **options)
    assert type(got) is str
    assert flatten(got) == flatten(text)


#: All characters that newsnorm inserts, apart from capitals.
RESTORED = set("'’‘\"“”.,?!:;—-/&@$£€%#()[] \n")
LINE_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


@given(every_text, some_options)
@example("so\rcalled", {**ALL, "model": WildScorer(0)})
@example("so\u2028called", {**ALL, "model": WildScorer(0)})
def test_restoring_only_adds_marks_and_changes_case(text, options):
    got = restore(text, **options)
    # Marks and letters are kept, in their order.
    rest = iter(lower(got))
    assert all(c in rest for c in lower(text) if not c.isspace())
    # Only a text in capitals loses capitals: in words all in capitals, or words such as McCONNELL.
    document, model = parse(text), options["model"]
    found = decode(next(model.score_many([document.words])), document, biases=model.biases)
    for i, (one, other) in enumerate(zip(document.tokens, WORD.findall(got), strict=True)):
        if any(a != b and a != lower(a) for a, b in zip(one, other, strict=True)):
            assert i in found.capitals
            assert one == upper(one) or other in model.forms.values()
    # Only marks are new. One that joins two words replaces white space, but never a line break.
    before, after = Counter(lower(text)), Counter(lower(got))
    assert (after - before).keys() <= RESTORED
    assert all(before[c] <= after[c] for c in LINE_BREAKS)
    assert options["paragraphs"] or before["\n"] == after["\n"]


@given(every_text, some_options)
# A mark attached to a free-standing ellipsis belongs to the word before it.
@example("00000)1 .. 1", {**ALL, "model": WildScorer(0, 3.0)})
# A single quotation that continues past the end of a line.
@example("11NY\rMILES\rKIK", {**ALL, "model": WildScorer(91, 3.0)})
def test_restoring_twice_equals_restoring_once(text, options):
    once = restore(text, **options)
    assert restore(once, **options) == once


@given(every_text, some_options)
def test_restore_explain_and_apply_agree(text, options):
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
def test_any_subset_of_the_edits_keeps_the_words(text, options, chosen):
    edits = explain(text, **options).edits
    assert flatten(apply(text, [edit for k, edit in enumerate(edits) if chosen >> k % 64 & 1])) == flatten(text)


@given(every_text, all_edits, some_kinds, thresholds, thresholds)
def test_kinds_and_threshold_select_a_subset_of_the_edits(text, options, kinds, one, other):
    low, high = sorted((one, other))
    more = explain(text, threshold=low, **options).edits
    fewer = explain(text, **{**options, "kinds": kinds, "threshold": high}).edits
    assert fewer == tuple(e for e in more if e.probability >= high and e.kind in {*kinds, "paragraphs"})


@given(every_text, all_edits, thresholds, thresholds)
def test_threshold_selects_a_subset_of_the_edits_for_missing_kinds(text, options, one, other):
    low, high = sorted((one, other))
    more = explain(text, **{**options, "kinds": None, "threshold": low}).edits
    fewer = explain(text, **{**options, "kinds": None, "threshold": high}).edits
    assert fewer == tuple(e for e in more if e.probability >= high)


@given(every_text)
def test_flat_text_is_missing_all_kinds(text):
    assert missing(flatten(text)) == KINDS


@given(every_text, some_options)
def test_restoring_the_missing_kinds_makes_no_other_kind_missing(text, options):
    assert {*missing(restore(text, **{**options, "kinds": None}))} <= {*missing(text)}


@given(flat_news, all_edits)
def test_restoring_flat_text_restores_all_kinds_by_default(text, options):
    assert restore(text, **{**options, "kinds": None}) == restore(text, **options)


@given(flat_news, all_edits, st.lists(some_kinds, min_size=1, max_size=3), st.permutations(KINDS))
@example("112 cents 1", {"consistent": False, "model": WildScorer(5, 9.0)}, [["contractions"], ["quotes"]], KINDS)
@example(
    "hit 225", {"consistent": False, "model": WildScorer(41)}, [["case", "contractions"], ["case", "quotes"]], KINDS
)
def test_restoring_kinds_one_by_one_equals_restoring_them_together(text, options, parts, order):
    for parting in (parts, [order[:2], order[2:4], order[4:]]):
        step = text
        for kinds in parting:
            step = restore(step, **{**options, "kinds": kinds})
        assert step == restore(text, **{**options, "kinds": set().union(*parting)})


#: All characters that may be read as a quotation mark or an apostrophe.
QUOTATION_MARKS = str.maketrans(dict.fromkeys("\"“”„‟«»″＂'‘’‚‛ʼ`´′＇"))


def balanced(text: str) -> bool:
    """Return whether double quotation marks open and close alternately; a new paragraph may reopen a quotation."""
    is_open = broken = False
    for mark in re.findall(rf"[“”{LINE_BREAKS}]", text):
        if mark == ("“" if is_open and not broken else "”" if not is_open else None):
            return False
        is_open, broken = (mark == "“", False) if mark in "“”" else (is_open, True)
    return not is_open


@given(every_text, some_options)
# A letter added to Unicode after Python's tables.
@example("\U0003ea5a", {**ALL, "model": WildScorer(0, 3.0)})
def test_quotation_marks_balance_in_text_without_any(text, options):
    got = restore(text.translate(QUOTATION_MARKS), **{**options, "quotes": "curly"})
    assert balanced(got)
    assert all(WORD.search(quoted) for quoted in re.findall("“([^”]*)”", got))


@given(flat_news, some_options, wild_scorers)
# A closing mark was searched for past the white space, where another quotation opens.
@example("the review the of", {**ALL, "model": WildScorer(91)}, WildScorer(573))
# A quotation split in two, one of them too unlikely to be written.
@example("know when she", {**ALL, "threshold": 0.25, "model": WildScorer(1)}, WildScorer(0, 3.0, tied=True))
# A quotation reopened at a paragraph break that is too unlikely to be written.
@example(
    "and the u k along with agents of the f b i and analysts from the cia",
    {**ALL, "threshold": 0.75, "paragraphs": True, "model": WildScorer(0, 1.0)},
    WildScorer(294, 9.0),
)
# A quotation split in two before it reopens at a paragraph of the text.
@example(
    "of anonymity said that shape the alliance s military headquarters wasn t told for another nine hours and that "
    "the g 7 countries",
    {**ALL, "threshold": 0.0625, "paragraphs": True, "model": WildScorer(0, 3.0)},
    WildScorer(696, 3.0),
)
# A quotation that began before such a paragraph.
@example(
    "by gen mark tolliver the deputy commander of u",
    {**ALL, "kinds": ["quotes"], "threshold": 0.0625, "paragraphs": True, "model": WildScorer(110, 1.0)},
    WildScorer(35, 3.0),
)
def test_quotation_marks_balance_in_text_that_has_its_own(text, options, other):
    text = restore(text, **{**options, "quotes": "curly"})
    assert balanced(restore(text, **{**options, "quotes": "curly", "model": other}))


@given(every_text, some_options)
def test_quotations_have_the_right_offsets(text, options):
    found = explain(text, **options)
    last = 0
    for quotation in found.quotations:
        assert last <= quotation.start <= quotation.end <= len(found.text)
        assert found.text[quotation.start : quotation.end] == quotation.text
        assert flatten(quotation.text)
        assert 0 <= quotation.probability <= 1
        last = quotation.end


@given(flat_news, wild_scorers, thresholds, st.booleans())
# A pair that is not written, between a pair that closes in the same gap and one that opens there.
@example(
    "a classified iaea assessment ended up on the laptop of a junior contractor in stuttgart germany the review "
    "ordered by gen mark",
    WildScorer(780),
    0.5,
    False,
)
def test_quotations_of_flat_text_are_complete(text, model, threshold, consistent):
    found = explain(text, threshold=threshold, quotes="curly", consistent=consistent, model=model)
    spans = [match.span(1) for match in re.finditer("“([^“”]*)”", found.text)]
    assert [(quotation.start, quotation.end) for quotation in found.quotations] == spans
    assert all(quotation.probability >= threshold for quotation in found.quotations)


@given(every_text, some_options)
def test_quote_style_changes_only_the_form_of_the_marks(text, options):
    straight, curly = (explain(text, **{**options, "quotes": style}).edits for style in ("straight", "curly"))
    plain = str.maketrans("“”‘’", "\"\"''")
    assert [(e.offset, e.after.translate(plain)) for e in straight if e.kind != "case"] == [
        (e.offset, e.after.translate(plain)) for e in curly if e.kind != "case"
    ]


@given(st.lists(every_text, max_size=3), some_options)
def test_results_do_not_depend_on_other_texts_in_the_batch(texts, options):
    alone = [restore(text, **options) for text in texts]
    assert list(restore_many(texts, **options)) == alone
    assert list(restore_many(iter(texts[::-1]), **options)) == alone[::-1]


@given(flat_news | partially_formatted_news() | awkward_text, wild_scorers)
def test_lines_run_grow_linearly_with_the_text(text, model):
    """No loop runs more often per word in a long text. The benchmark ``scaling`` measures the time itself."""
    short, long = (lines_run(explain, f"{text} and " * times, model=model) for times in (2, 8))
    assert long <= 1.5 * 4 * short


# --- with the packaged model ------------------------------------------------------------------------------------------

#: One in so many examples, because the encoder takes ten times as long as the rest of an example.
SHARE = 10
some_of_the_examples = settings(max_examples=max(10, settings().max_examples // SHARE))


@some_of_the_examples
@given(every_text, some_kinds, thresholds, styles)
def test_laws_hold_with_the_packaged_model(text, kinds, threshold, options):
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
def test_with_the_packaged_model_kinds_one_by_one_equal_kinds_together(text, order, paragraphs, consistent):
    options = {"quotes": "curly", "paragraphs": paragraphs, "consistent": consistent}
    together = restore(text, **options)
    assert balanced(together)
    for kind in order:
        text = restore(text, kinds=[kind], **options)
    assert text == together


# --- the generated texts ----------------------------------------------------------------------------------------------


def test_the_alphabet_has_every_general_category():
    assert set(CATEGORIES) == {unicodedata.category(chr(code)) for code in range(sys.maxunicode + 1)}
    for category in CATEGORIES:
        assert {unicodedata.category(c) for c in ALPHABET[category]} == {category}


def _draw(strategy, runs):
    """Draw 100 texts in each of *runs* runs: within one, Hypothesis tends to repeat what it has drawn."""
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
    """The number of texts that a few runs try on a law."""
    return _draw(every_text, 30)


@pytest.mark.parametrize("ingredient", HOSTILE)
def test_generated_texts_include_hostile_text(texts, ingredient):
    short = (text for text in texts if len(text) < min(LENGTHS))
    assert sum(any(item in text for item in HOSTILE[ingredient]) for text in short) >= 5


def test_generated_texts_include_every_general_category(texts):
    assert {unicodedata.category(c) for text in texts for c in set(text)} == set(CATEGORIES)


def test_generated_texts_include_long_words_and_long_gaps():
    # Drawn separately, because few of all texts have a gap of the greatest length.
    texts = _draw(long_text, 4)
    for length in LENGTHS:
        assert any(len(word) >= length for text in texts for word in WORD.findall(text))
        assert any(len(gap) >= length for text in texts for gap in WORD.split(text))


def test_generated_texts_include_news_in_every_state_of_formatting(texts):
    from strategies import STORIES

    stories = " ".join(" ".join(STORIES.values()).split())
    flat = flatten(stories)
    news = [" ".join(text.split()) for text in texts if len(text.split()) > 5]
    assert any(text in flat for text in news), "flat"
    assert any(text in stories and '"' in text for text in news), "as it was written"
    assert any(text in stories.upper() and text not in stories for text in news), "all capitals"
    assert any(text in stories.lower() and text not in flat for text in news), "all lower case"
    assert any(text.count('"') % 2 for text in news), "unbalanced"
