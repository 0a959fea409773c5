"""The contracts, as properties over any text, with a scorer that says everything and with the packaged model."""

from __future__ import annotations

import re

from conftest import WildScorer
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import every_text, flat_news

from newsnorm import KINDS, apply, explain, flatten, restore, restore_many

wild_scorers = st.builds(WildScorer, st.integers(1, 9), st.sampled_from([1.0, 3.0, 9.0]))
some_kinds = st.sets(st.sampled_from(KINDS))
thresholds = st.floats(0, 1)
styles = st.sampled_from(["straight", "curly"])


@given(every_text, wild_scorers, some_kinds, thresholds, styles, st.booleans())
def test_total_and_words_kept(text, model, kinds, threshold, quotes, paragraphs):
    got = restore(text, kinds=kinds, threshold=threshold, quotes=quotes, paragraphs=paragraphs, model=model)
    assert type(got) is str
    assert flatten(got) == flatten(text)


@given(every_text, wild_scorers, some_kinds, thresholds, st.booleans())
def test_additive(text, model, kinds, threshold, paragraphs):
    got = restore(text, kinds=kinds, threshold=threshold, paragraphs=paragraphs, model=model)
    left = iter(flatten_case(got))
    assert all(c in left for c in flatten_case(text) if not c.isspace())
    # White space is taken by a mark or a line break, never anything else; line breaks stay.
    assert text.count("\n") <= got.count("\n")


def flatten_case(text):
    return text.casefold()


@given(every_text, wild_scorers, some_kinds, thresholds, styles, st.booleans())
def test_idempotent(text, model, kinds, threshold, quotes, paragraphs):
    options = {"kinds": kinds, "threshold": threshold, "quotes": quotes, "paragraphs": paragraphs, "model": model}
    once = restore(text, **options)
    assert restore(once, **options) == once


@given(every_text, wild_scorers, some_kinds, thresholds, styles, st.booleans())
def test_one_path(text, model, kinds, threshold, quotes, paragraphs):
    options = {"kinds": kinds, "threshold": threshold, "quotes": quotes, "paragraphs": paragraphs, "model": model}
    found = explain(text, **options)
    assert found.source == text
    assert found.text == restore(text, **options) == apply(text, found.edits)
    assert {edit.kind for edit in found.edits} <= {*kinds, "paragraphs"}
    for quotation in found.quotations:
        assert found.text[quotation.start : quotation.end] == quotation.text
        assert flatten(quotation.text)


@given(flat_news, wild_scorers, st.lists(some_kinds, min_size=1, max_size=4))
@example("112 cents 1", WildScorer(5, 9.0), [{"contractions"}, {"quotes"}])
def test_kinds_compose(text, model, parts):
    together = restore(text, kinds=set().union(*parts), model=model)
    for order in (parts, parts[::-1]):
        step = text
        for kinds in order:
            step = restore(step, kinds=kinds, model=model)
        assert step == together


@given(every_text, wild_scorers, thresholds, thresholds, st.booleans())
def test_threshold_subset(text, model, one, other, paragraphs):
    low, high = sorted((one, other))
    fewer = explain(text, threshold=high, paragraphs=paragraphs, model=model).edits
    more = explain(text, threshold=low, paragraphs=paragraphs, model=model).edits
    assert set(fewer) <= set(more)
    assert all(edit.probability >= high for edit in fewer)


@given(flat_news, wild_scorers, some_kinds, thresholds)
def test_quotes_balanced(text, model, kinds, threshold):
    got = restore(text, kinds=kinds, threshold=threshold, quotes="curly", model=model)
    depth = 0
    for mark in re.findall("[“”]", got):
        depth += 1 if mark == "“" else -1
        assert depth in (0, 1)
    assert depth == 0
    assert not re.search(r"“\s*”", got)


@given(st.lists(every_text, max_size=5), wild_scorers)
def test_pure_whatever_the_neighbours(texts, model):
    assert list(restore_many(texts, model=model)) == [restore(text, model=model) for text in texts]
