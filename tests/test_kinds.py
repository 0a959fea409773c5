"""The kinds that a text is missing, at every degree of formatting."""

import pytest
from strategies import STORIES

from benchmarks.support.partially_formatted import DEGREES
from newsnorm import KINDS, explain, missing, restore, restore_many
from newsnorm.kinds import KINDS as ALL

#: A text that is missing no kind.
WHOLE = (
    "Iraq's so-called truce failed, the U.N. said. \"We haven't paid $5,200,\" said Gen. Haddad, who left on Monday."
)
QUOTELESS = ("acronyms", "markets", "weather")


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("degree", DEGREES)
def test_a_story_is_missing_the_kinds_it_lost(name, degree):
    lost = set(missing(DEGREES[degree].flatten(STORIES[name])))
    if degree == "lower case, apostrophes kept":
        assert lost == {*KINDS} - {"contractions"}
    else:
        # A story with few hyphens may seem to be missing them.
        assert lost - {"hyphens"} == DEGREES[degree].kinds - {"hyphens"}
        assert degree in ("nothing gone", "only quotation marks gone") or lost >= DEGREES[degree].kinds


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("", KINDS),
        ("the vote failed", KINDS),
        ("12 500", KINDS),
        ("中文", KINDS),
        (WHOLE, ()),
        # Case: a text all in capitals has none, nor has one whose first word lacks a capital that it could have.
        (WHOLE.upper(), ("case",)),
        (WHOLE.lower(), ("case",)),
        (WHOLE[0].lower() + WHOLE[1:], ("case",)),
        ("22 of them. " + WHOLE, ()),
        ("iPhone, " + WHOLE, ()),
        (WHOLE.lower().replace("iraq", "Iraq") + " no, no, no, no." * 10, ("case",)),
        # One in twenty apostrophes, abbreviation periods or marks in numbers may be missing.
        (WHOLE.replace("Iraq's", "Iraq s"), ("contractions",)),
        (WHOLE.replace("haven't", "haven t"), ("contractions",)),
        (WHOLE.replace("We haven't", "I m not"), ("contractions",)),
        (WHOLE.replace("haven't", "haven’t") * 10 + " Iraq s men, he said.", ()),
        (WHOLE.replace("U.N.", "U N"), ("abbreviations",)),
        (WHOLE.replace("U.N.", "man who's a spy"), ()),
        (WHOLE.replace("$5,200", "5 200"), ("numbers",)),
        (WHOLE.replace("$5,200", "much"), ()),
        # There may never have been any, which is assumed if the text has its other marks.
        (WHOLE.replace("Iraq's", "the").replace("haven't", "have"), ("case",)),
        ("it's nothing but the vote's end", tuple(kind for kind in KINDS if kind != "contractions")),
        # Quotation marks.
        (WHOLE.replace('"', ""), ("quotes",)),
        (WHOLE.replace('"', "“"), ()),
        (WHOLE.replace('"', "'"), ()),
        (WHOLE.replace('"We', "'Em").replace('"', ""), ("quotes",)),
        # Punctuation: periods alone or commas alone are not all of it.
        (WHOLE.replace(",", ""), ("punctuation", "abbreviations", "numbers")),
        (WHOLE.replace(". ", " ")[:-1], ("punctuation", "abbreviations", "numbers")),
        (WHOLE + " And so on" * 120, ("punctuation", "abbreviations", "numbers")),
        # Hyphens.
        (WHOLE.replace("-", " "), ("hyphens",)),
        (WHOLE * 30 + WHOLE.replace("-", ""), ()),
        (WHOLE.replace("-", "") * 30 + WHOLE, ("hyphens",)),
    ],
)
def test_the_kinds_that_a_text_is_missing(text, lacks):
    assert missing(text) == tuple(kind for kind in KINDS if kind in lacks)


def test_missing_refuses_other_types_than_str():
    with pytest.raises(TypeError, match="decode it first"):
        missing(b"iraq")


# --- restoring what is missing ----------------------------------------------------------------------------------------


def test_fully_formatted_text_is_unchanged():
    assert restore(WHOLE) == WHOLE
    assert list(restore_many([WHOLE, ""])) == [WHOLE, ""]


@pytest.mark.parametrize("degree", DEGREES)
@pytest.mark.parametrize("name", ["conflict", "politics"])
def test_only_missing_kinds_are_edited(name, degree):
    text = DEGREES[degree].flatten(STORIES[name])
    found = explain(text)
    assert {edit.kind for edit in found.edits} <= {*missing(text)}
    assert restore(found.text) == found.text


def test_requested_kinds_are_restored_whether_missing_or_not():
    text = "So he said, he left. Her brother, she said, stayed in the so called red zone he was not seen again."
    assert "punctuation" not in missing(text)
    assert {edit.kind for edit in explain(text, kinds=ALL).edits} >= {"punctuation"}
    assert not {edit.kind for edit in explain(text).edits} & {"punctuation"}
