"""What capitals in a text show: where sentences end and, if the text has only capitals, nothing at all."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from newsnorm.decoding.labelling import Labelling
from newsnorm.kinds import Kind
from newsnorm.labels import heads
from newsnorm.words import title, upper

#: A capital that only its place explains ends the sentence before it, if the model considers an end this likely.
END_AT_CAPITAL = 0.05
#: A text is in capitals if at least this many words are that should not be, and at most this share of words is not.
CAPITALS, SMALL = 3, 0.1


def end_sentences_at_capitals(
    labelling: Labelling, allowed: NDArray[np.bool_], complete: Collection[Kind]
) -> NDArray[np.float32]:
    """Choose the marks by the capitals of the text; return the highest probability that each may have.

    A sentence ends before a word with a capital that only its place explains. Where the text has all its capitals, no
    sentence ends before a small letter.
    """
    document, labels, n = labelling.document, labelling.labels, labelling.n
    empty = labelling.open_gap[1:] & (labelling.shown[:, heads.MARK] == 0)
    capital, small = np.zeros((2, n), bool)
    for i, (token, word) in enumerate(zip(document.tokens[1:], document.words[1:], strict=True)):
        if empty[i] and (raised := title(word)) != word:
            capital[i], small[i] = token == raised != upper(word), token == word
    # Other reasons for the capital: the word itself, a quotation, a bracket, a paragraph.
    explained = (
        (labels[:, heads.CASE] != heads.LOWER)
        | (labels[:, heads.OPEN] > 0)
        | np.isin(labels[:, heads.BRACKET], list(heads.OPENING_BRACKETS))
    )
    ends = np.array([*heads.SENTENCE_STARTS_AFTER, *heads.SENTENCE_MAY_START_AFTER])
    placed = np.flatnonzero(capital & ~np.roll(explained, -1) & (labels[:, heads.PARAGRAPH] == 0))
    likely = np.exp(labelling.log(placed[:, np.newaxis], heads.MARK, ends)).sum(axis=1)
    placed = placed[likely >= END_AT_CAPITAL]
    allowed[placed] = False
    allowed[np.ix_(placed, ends)] = True
    labelling.choose(heads.MARK, allowed)
    limits = np.ones(n, np.float32)
    if "case" in complete and "punctuation" not in complete:
        # The mark that replaces the end is no likelier than the end was. A threshold that kept capitals from being
        # written, in a text that now seems to have all its capitals, must keep this mark from being written, too.
        small &= (labels[:, heads.CLOSE] == 0) & np.isin(labels[:, heads.MARK], list(heads.SENTENCE_STARTS_AFTER))
        limits[small] = np.exp(labelling.log(np.flatnonzero(small), heads.MARK, labels[small, heads.MARK]))
        allowed[np.ix_(np.flatnonzero(small), ends[: len(heads.SENTENCE_STARTS_AFTER)])] = False
        labelling.choose(heads.MARK, allowed)
    return limits


def words_in_capitals(labelling: Labelling) -> NDArray[np.intp]:
    """Return the words whose capitals carry no information: those in capitals, in a text that is in capitals.

    Only words that the model would write in small letters count, so that ``the UN`` is not more in capitals once it is
    ``The UN``; and only from the second letter, because a sentence start may raise the first.
    """
    document, cases = labelling.document, labelling.labels[:, heads.CASE]
    large = small = 0
    for i in map(int, np.flatnonzero(cases <= heads.TITLE)):
        token, rest = document.tokens[i][1:], document.words[i][1:]
        if token != rest:
            large += 1
        elif rest != upper(rest):
            small += 1
    if large < CAPITALS or small > SMALL * (large + small):
        return np.zeros(0, np.intp)
    # A text in capitals may write McConnell as McCONNELL.
    words = zip(document.tokens, document.words, cases == heads.MIXED, strict=True)
    return np.flatnonzero([token != word and (mixed or token == upper(word)) for token, word, mixed in words])
