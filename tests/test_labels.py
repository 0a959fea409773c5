import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS, STORIES, every_text

from newsnorm import labels as L
from newsnorm.flatten import flatten


@pytest.mark.parametrize("name", STORIES)
def test_stories_come_back_as_they_were(name):
    labelled = L.read(STORIES[name])
    assert L.write(labelled) == STORIES[name]
    assert labelled.known.all()


def archives():
    """The seed stories, and the files of formatted articles in the folder that NEWSNORM_CORPORA names."""
    folder = os.environ.get("NEWSNORM_CORPORA")
    return [SEEDS, *sorted(Path(folder).glob("*.txt"))] if folder else [SEEDS]


@pytest.mark.parametrize("archive", archives(), ids=lambda path: path.name)
def test_articles_come_back_in_canonical_form(archive):
    texts = STORIES.values() if archive == SEEDS else archive.read_text(encoding="utf-8").split("\n\n")
    words = known = 0
    for text in texts:
        labelled = L.read(text)
        canonical = L.write(labelled)
        again = L.read(canonical)
        # Reports must not show the text, which may not be ours to pass on.
        assert (L.write(again) == canonical) is True
        assert (L.tokenize(canonical)[0] == L.tokenize(text)[0]) is True
        assert (again.labels == labelled.labels)[labelled.known].all()
        words += len(labelled.words)
        known += int(labelled.known.sum())
    assert known > 0.99 * words


@given(every_text)
def test_canonical_text_is_stable_and_keeps_the_words(text):
    canonical = L.canonical(text)
    assert flatten(canonical) == flatten(text)
    assert L.canonical(canonical) == canonical


def _class(head, form):
    return L.HEADS[head].index(form)


MARKS = st.sampled_from([".", ",", "?", "!", ":", ";", "—", "...", ""])
WORDS = st.sampled_from(["officials", "left", "talks", "village", "minister", "reports", "cease", "fire", "border"])


@st.composite
def generated_copy(draw):
    """Copy made slot by slot from the inventory, so that its canonical form is itself."""
    parts = []
    for _ in range(draw(st.integers(1, 5))):
        first = draw(WORDS)
        sentence = [first.title(), *draw(st.lists(WORDS | st.sampled_from(["Iraq", "NATO", "McConnell"]), max_size=6))]
        for k in range(1, len(sentence)):
            join = draw(st.sampled_from([" "] * 6 + ["-", ", ", "; ", " — ", " & ", "/", "' "]))
            if join == "' " and not sentence[k - 1].endswith("s"):
                join = " "
            sentence[k - 1] += join
        text = "".join(sentence)
        form = draw(st.sampled_from(["{}.", "{}?", "{}!", '"{},"', '"{}."', '"{}?"', "({}.)", "${}.", "{}%."]))
        text = form.format(text)
        if text.endswith(',"'):
            text += " he said."
        if form == '"{}?"':
            text += " he said."
        parts.append(text)
    return draw(st.sampled_from([" ", "\n"])).join(parts)


@given(generated_copy())
def test_writing_what_was_read_gives_generated_copy_back(text):
    assert L.write(L.read(text)) == text


@given(generated_copy())
def test_labels_of_the_canonical_text_are_the_labels(text):
    rough = text.replace('"', "“").replace("'", "’").replace(" — ", " -- ").replace(" ", "  ")
    assert (L.read(rough).labels == L.read(text).labels).all()


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("“We’re here”, he said -- twice…", '"We\'re here," he said — twice...'),
        ("``We agreed,'' she said.", '"We agreed," she said.'),
        ("the ‘rebels’ left", "the 'rebels' left"),
        ("2010–12", "2010-12"),
        ("so – called", "so — called"),
        ('He spoke of "repositioning forces".', 'He spoke of "repositioning forces."'),
        ("He left  \n\n  She stayed", "He left\nShe stayed"),
    ],
)
def test_forms_of_the_corpora_become_one(text, canonical):
    expected = L.canonical(text)
    assert expected.lower() == canonical.lower()
    assert L.canonical(expected) == expected


@pytest.mark.parametrize(
    ("text", "word", "mark"),
    [
        ("Gen. Mark Milley left.", 0, "abbreviation"),
        ("He lives in the U.S. The law changed.", 5, "."),
        ("He left at 5 p.m. on Monday.", 5, "abbreviation"),
        ("Apple Inc., he said.", 1, ".,"),
        ("Apple Inc. The rest", 1, "."),
        ("George W. Bush", 1, "abbreviation"),
        ("So did I. He left.", 2, "."),
        ("No. 1 in sales", 0, "abbreviation"),
        ("He said no. She left.", 2, "."),
        ("She felt ill. Doctors came.", 2, "."),
        ('a wedding in Duluth, Minn. "I\'ve stopped"', 4, "."),
        ("He left at 5 p.m.\nPolice said so.", 5, "."),
        ("rose to 180.33. Analysts said", 3, "."),
    ],
)
def test_periods(text, word, mark):
    assert L.HEADS["mark"][L.read(text).labels[word, L.MARK]] == mark


@pytest.mark.parametrize(
    "text",
    [
        '"He was [sick]," she said.',
        'She said, "They left (by boat)."',
        '"[The minister] knew," she said.',
        'Officials said (the "rebels"), and left.',
        "(The vote failed.) He said (it failed).",
        "\"He told me, 'The rebels' guns are gone,' and left,\" she said.",
        "\"Then she said, 'Send them.'\"\nHe left.",
        "\"'Why?' he asked me,\" she said.",
        "Sen. Chris Dodd (D-Conn.), who left, and Rep. Al Green (D-Texas), who stayed.",
        "Sen. Bob Casey (D), 7% of $3.5 million, 5,200 men at 2:30 p.m. on 9/11, AT&T and Standard & Poor's.",
    ],
)
def test_marks_that_meet_in_one_gap(text):
    assert L.write(L.read(text)) == text


def test_sentence_starts_and_inherent_case():
    labelled = L.read('The Iraqi said, "We want U.S. help." He spoke of "moving forces" to McConnell.')
    by_word = dict(zip(labelled.words, labelled.labels, strict=True))
    assert [word for word, row in zip(labelled.words, labelled.labels, strict=True) if row[L.START]] == [
        "the",
        "we",
        "he",
    ]
    assert by_word["the"][L.CASE] == L.LOWER
    assert by_word["iraqi"][L.CASE] == L.TITLE
    assert by_word["u"][L.CASE] == L.UPPER
    assert by_word["mcconnell"][L.CASE] == L.MIXED
    assert labelled.forms == {14: "McConnell"}


def test_what_the_inventory_lacks_is_not_known():
    labelled = L.read("one = two. The U.S.'s role, he said.\n* three")
    assert labelled.words[:2] == ["one", "two"]
    assert list(np.flatnonzero(~labelled.known)) == [0, 4, 8]


def test_empty():
    assert L.canonical("") == ""
    assert L.read("...").labels.shape == (0, len(L.HEADS))
