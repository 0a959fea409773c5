"""spaCy: tokens with their offsets in the source, quotations as spans, and a configurable component."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import STORIES
from wild import WildScorer

from newsnorm import DataError, explain, flatten, quotations, restore

pytestmark = pytest.mark.spacy


@pytest.fixture(scope="module")
def integration():
    from newsnorm.integrations import spacy

    return spacy


@pytest.fixture(scope="module")
def nlp():
    import spacy

    return spacy.blank("en")


@pytest.fixture
def piped(nlp):
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("newsnorm_quotations")
    return nlp


STORY = flatten(STORIES["politics"])


def test_docstring_examples_hold(integration):
    found = doctest.testmod(integration)
    assert found.attempted
    assert not found.failed


def test_the_doc_holds_the_restored_text_and_knows_its_source(integration, nlp):
    doc = integration.make_doc(nlp, STORY, quotes="curly")
    assert doc.text == restore(STORY, quotes="curly")
    assert doc._.source == STORY


@pytest.mark.parametrize("name", STORIES)
def test_tokens_know_their_offsets_in_the_source(integration, nlp, name):
    flat = flatten(STORIES[name])
    doc = integration.make_doc(nlp, flat)
    at = 0
    for token in doc:
        was = flat[token._.source_start : token._.source_end]
        assert flatten(was).replace(" ", "") == flatten(token.text).replace(" ", "")
        assert token._.source_start >= at
        at = token._.source_end
    assert at == len(flat)


@given(
    st.lists(
        st.sampled_from(["Sen ", "u s ", "at&t ", "5 200 ", "“no” ", "haven t ", "é", "\n", "he said "]), max_size=12
    ),
    st.integers(0, 2**16),
)
def test_tokens_of_partially_formatted_text_know_their_offsets(nlp, integration, pieces, seed):
    """Whatever the model predicts: the scores are random."""

    source = "".join(pieces)
    doc = integration.make_doc(nlp, source, model=WildScorer(seed))
    ends = [place for token in doc for place in (token._.source_start, token._.source_end)]
    assert ends == sorted(ends)
    assert all(0 <= place <= len(source) for place in ends)
    for token in doc:
        if token.is_alpha:
            assert flatten(source[token._.source_start : token._.source_end]).replace(" ", "") == flatten(token.text)


def test_quotations_of_the_doc_are_spans(integration, nlp):
    doc = integration.make_doc(nlp, STORY)
    assert len(doc._.quotations) > 2
    assert [(said.start_char, said.end_char, said.text) for said in doc._.quotations] == [
        (said.start, said.end, said.text) for said in quotations(STORY)
    ]


# --- the component ----------------------------------------------------------------------------------------------------


def test_the_component_finds_quotations_in_flat_text(piped):
    found = explain(STORY)
    assert [said.text for said in piped(STORY)._.quotations] == [
        STORY[slice(*found.to_source(said.start, said.end))] for said in found.quotations
    ]


def test_the_component_finds_quotations_that_have_their_marks(piped):
    [said] = piped('"We won\'t be hurried," she told reporters.')._.quotations
    assert said.text == "We won't be hurried,"
    assert said.label_ == "QUOTATION"


def test_the_component_keeps_quotations_that_make_doc_found(integration, piped):
    doc = integration.make_doc(piped, STORY, threshold=1.0)
    assert doc._.quotations == []
    assert piped(doc)._.quotations == []


def test_a_doc_without_the_component_has_no_quotations(integration, nlp):
    assert integration.NAME
    assert nlp("he said no")._.quotations == []


def test_the_config_sets_threshold_and_model(nlp, tmp_path):
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("newsnorm_quotations", config={"threshold": 1.0})
    assert nlp(STORY)._.quotations == []
    nlp.add_pipe("newsnorm_quotations", name="other", config={"model": str(tmp_path)})
    nlp.remove_pipe("newsnorm_quotations")
    with pytest.raises(DataError, match="cannot read the model file"):
        nlp(STORY)


def test_a_wrong_config_is_refused_when_the_component_is_created():
    import spacy

    with pytest.raises(ValueError, match="threshold must be a probability"):
        spacy.blank("en").add_pipe("newsnorm_quotations", config={"threshold": 3.0})


def test_a_saved_pipeline_is_loaded_with_the_component(piped, tmp_path):
    import spacy

    piped.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    assert again.pipe_names == ["newsnorm_quotations"]
    assert [said.text for said in again(STORY)._.quotations] == [said.text for said in piped(STORY)._.quotations]


def test_a_serialized_doc_keeps_offsets_and_quotations(integration, nlp):
    from spacy.tokens import Doc

    doc = integration.make_doc(nlp, STORY)
    again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert [said.text for said in again._.quotations] == [said.text for said in doc._.quotations]
    assert [token._.source_start for token in again] == [token._.source_start for token in doc]
    assert again._.source == STORY


@pytest.mark.filterwarnings("ignore:This process .*is multi-threaded:DeprecationWarning")
def test_several_processes_find_the_same_quotations(piped):
    texts = [STORY, flatten(STORIES["courts"])]
    alone = [[said.text for said in doc._.quotations] for doc in piped.pipe(texts)]
    shared = [[said.text for said in doc._.quotations] for doc in piped.pipe(texts, n_process=2, batch_size=1)]
    assert shared == alone


# --- bad input --------------------------------------------------------------------------------------------------------


def test_an_empty_text_gives_an_empty_doc(integration, nlp, piped):
    assert len(integration.make_doc(nlp, "")) == 0
    assert piped("")._.quotations == []


def test_wrong_texts_and_options_are_refused(integration, nlp):
    with pytest.raises(TypeError, match="text must be a str, not bytes"):
        integration.make_doc(nlp, b"he said")
    with pytest.raises(ValueError, match="kind must be one of"):
        integration.make_doc(nlp, "he said", kinds=["spelling"])
