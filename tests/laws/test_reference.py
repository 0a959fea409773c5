"""The fast renderer agrees with a slow one, which writes the text from its labels without edits or offsets."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from strategies import every_text, flat_news, partially_formatted_news
from wild import WildScorer

from newsnorm import KINDS, flatten, restore
from newsnorm.decoding import decode
from newsnorm.document import parse
from newsnorm.labels import heads
from newsnorm.labels.reading import tokenize
from newsnorm.labels.separators import normalise
from newsnorm.labels.writing import write_separators
from newsnorm.model.consistency import make_consistent
from newsnorm.words import title, upper

scorers = st.builds(WildScorer, st.integers(0, 999), st.sampled_from([3.0, 1.0, 9.0]), st.booleans())


def decoded(text, scorer, paragraphs):
    """Return the document of *text*, the labels that are written, and each word in its case."""
    document = parse(text)
    rows = make_consistent(next(scorer.score_many([document.words])), document.words)
    found = decode(rows, document, biases=scorer.biases, paragraphs=paragraphs)
    labels = found.labels
    if not paragraphs:
        labels[:, heads.PARAGRAPH] = document.shown[:, heads.PARAGRAPH]
    return document, labels, [cased(document, found, scorer.forms, i) for i in range(len(labels))]


def cased(document, found, forms, i):
    """Write word *i*. Its capitals are kept unless the whole text is in capitals; an address is kept as it is."""
    token, word, row = document.tokens[i], document.words[i], found.labels[i]
    if document.address[i] or heads.JOINS["@"] in found.labels[max(0, i - 1) : i + 1, heads.JOIN]:
        return token
    if token != word and (i not in found.capitals or (token != upper(word) and word not in forms)):
        return token
    form = heads.write_in_case(word, row[heads.CASE], forms.get(word))
    return title(form) if row[heads.START] and row[heads.CASE] == heads.LOWER else form


def interleaved(separators, tokens):
    return separators[0] + "".join(token + after for token, after in zip(tokens, separators[1:], strict=True))


@given(flat_news | every_text.map(flatten), scorers, st.booleans())
# Brackets and quotation marks nest within the paragraphs that are written, not within those that are only likely.
@example("after the fact and in places contradicted", WildScorer(0), False)
def test_flat_text_becomes_its_cased_words_joined_by_the_separators_of_the_labels(text, scorer, paragraphs):
    _, labels, tokens = decoded(text, scorer, paragraphs)
    assert restore(text, kinds=KINDS, model=scorer, paragraphs=paragraphs) == interleaved(
        write_separators(labels), tokens
    )


@given(partially_formatted_news() | every_text, scorers, st.booleans())
@example("C. .", WildScorer(0), False)
@example("the '90s' music", WildScorer(0), False)
@example("\"'é''''é' ", WildScorer(0), False)
def test_partially_formatted_text_keeps_its_separators_and_gains_those_of_the_labels(text, scorer, paragraphs):
    document, labels, cased_tokens = decoded(text, scorer, paragraphs)
    tokens, separators = tokenize(restore(text, kinds=KINDS, model=scorer, paragraphs=paragraphs))
    assert tokens == cased_tokens
    for g, (separator, written) in enumerate(zip(separators, write_separators(labels), strict=True)):
        stood = document.separator(g)
        if not document.free[g]:
            assert separator == stood
        elif document.bare[g]:
            # A mark that joins two words replaces the white space. Else all of it is kept, except for a new line break.
            assert separator.split() == written.split()
            assert paragraphs or stood in separator or (0 < g < len(labels) and labels[g - 1, heads.JOIN])
        else:
            # Marks of the text may have another order or form than restored ones; taken together they match the labels.
            got, expected = sorted("".join(normalise(separator).split())), sorted("".join(written.split()))
            # An apostrophe on both sides of a word (the '90s' music) is one more than labels can express.
            if (
                g
                and labels[g - 1, heads.APOSTROPHE] == heads.LEADING
                and document.shown[g - 1, heads.CLOSE] == heads.CLOSES["'"]
            ):
                got, expected = ([mark for mark in marks if mark != "'"] for marks in (got, expected))
            assert got == expected
