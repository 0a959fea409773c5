"""What the capitals tell that stand in a text: where sentences end and, if there are no others, nothing at all."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from newsnorm.decoding.labelling import Labelling
from newsnorm.kinds import Kind
from newsnorm.labels import heads
from newsnorm.words import title, upper

#: A capital that a word has from its place alone ends a sentence before it, if the model thinks one this likely.
END_AT_CAPITAL = 0.05
#: A text stands in capitals if this many of its words do that should not, and hardly one in ten of them does not.
CAPITALS, SMALL = 3, 0.1


def heed_capitals(labelling: Labelling, allowed: NDArray[np.bool_], whole: Collection[Kind]) -> NDArray[np.float32]:
    """Choose the marks by the capitals that the text has; return how likely each may be called at the most.

    A sentence ends before a word whose capital comes from its place. Where the text has all its capitals, none ends
    before a small letter.
    """
    document, labels, n = labelling.document, labelling.labels, labelling.n
    empty = labelling.open_gap[1:] & (labelling.shown[:, heads.MARK] == 0)
    capital, small = np.zeros((2, n), bool)
    for i, (token, word) in enumerate(zip(document.tokens[1:], document.words[1:], strict=True)):
        if empty[i] and (raised := title(word)) != word:
            capital[i], small[i] = token == raised != upper(word), token == word
    # What else may have brought the capital: the word itself, a quotation, a bracket, a paragraph.
    other = (
        (labels[:, heads.CASE] != heads.LOWER)
        | (labels[:, heads.OPEN] > 0)
        | np.isin(labels[:, heads.BRACKET], list(heads.OPENING_BRACKETS))
    )
    ends = np.array([*heads.SENTENCE_STARTS_AFTER, *heads.SENTENCE_MAY_START_AFTER])
    placed = np.flatnonzero(capital & ~np.roll(other, -1) & (labels[:, heads.PARAGRAPH] == 0))
    likely = np.exp(labelling.log(placed[:, np.newaxis], heads.MARK, ends)).sum(axis=1)
    placed = placed[likely >= END_AT_CAPITAL]
    allowed[placed] = False
    allowed[np.ix_(placed, ends)] = True
    labelling.choose(heads.MARK, allowed)
    most = np.ones(n, np.float32)
    if "case" in whole and "punctuation" not in whole:
        # What stands there instead is called no surer than the end was: a threshold that kept capitals from being
        # written, of a text that now seems to have them all, must keep it from being written, too.
        small &= (labels[:, heads.CLOSE] == 0) & np.isin(labels[:, heads.MARK], list(heads.SENTENCE_STARTS_AFTER))
        most[small] = np.exp(labelling.log(np.flatnonzero(small), heads.MARK, labels[small, heads.MARK]))
        allowed[np.ix_(np.flatnonzero(small), ends[: len(heads.SENTENCE_STARTS_AFTER)])] = False
        labelling.choose(heads.MARK, allowed)
    return most


def words_in_capitals(labelling: Labelling) -> NDArray[np.intp]:
    """List the words whose capitals say nothing: those in capitals, of a text in capitals.

    Only words of small letters count, in the model's view, so that ``the UN`` is no more in capitals once it is
    ``The UN``; and only past their first letter, which a sentence start may raise.
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
    # McCONNELL, too, is what a text in capitals has for McConnell.
    pairs = zip(document.tokens, document.words, cases == heads.MIXED, strict=True)
    return np.flatnonzero([token != word and (mixed or token == upper(word)) for token, word, mixed in pairs])
