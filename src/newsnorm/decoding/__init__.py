"""From scores to the best labelling that the text's own marks allow.

The decoder works on all labels, whatever kinds are asked for, and its answer depends on the scores and on the evidence
alone. So the best labelling stays the best when part of it has been written into the text, which is why restoring is
idempotent and why the single kinds compose. Most heads are settled gap by gap; quotation marks and brackets, which
must pair, by dynamic programmes over what is open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from newsnorm.decoding.capitals import heed_capitals, words_in_capitals
from newsnorm.decoding.labelling import Labelling
from newsnorm.decoding.numerals import grouped, named
from newsnorm.decoding.pairs import pair_brackets, pair_quotes
from newsnorm.decoding.paths import SINGLE, Before, share_probability
from newsnorm.document import Document
from newsnorm.kinds import Kind
from newsnorm.labels import HEAD_SIZES, HEADS, Labels, heads
from newsnorm.model.scores import Biases, Calibration, Scores
from newsnorm.words import title, upper

#: The marks that a sentence may start after, by their kinds.
_STARTING: Mapping[Kind, tuple[int, ...]] = {"quotes": (heads.OPEN,), "punctuation": (heads.MARK, heads.BRACKET)}


@frozen
class Decoded:
    """The chosen labels and how likely each is; both of shape ``(n_words, n_heads)``, int8 and float32.

    For ``open`` and ``close`` the probability is that of the whole pair: both marks, and none between them.
    """

    labels: Labels
    probabilities: NDArray[np.float32]
    #: Double quotation marks that belong together: the first and the last word between them, and the probability.
    pairs: list[tuple[int, int, float]]
    #: Words whose capitals say nothing, because the whole text stands in capitals; a form of their own still may.
    capitals: Sequence[int] = ()


def decode(
    scores: Scores,
    document: Document,
    *,
    biases: Biases | None = None,
    calibration: Calibration | None = None,
    paragraphs: bool = False,
    before: Before | None = None,
    ends: bool = True,
    whole: Collection[Kind] = (),
) -> Decoded:
    """Find the best labelling of *document*.

    Args:
        scores: float32, shape ``(n_words, sum(HEAD_SIZES.values()))``, natural-log odds up to a constant a head.
        document: The words and what the text shows.
        biases: float32, shape ``(sum(HEAD_SIZES.values()),)``, in nats: added to the log probabilities when labels are
            chosen. The likeliest labels are not those with the best F1; see ``newsnorm.training.tune``.
        calibration: Slope and shift of the log odds of quotations: scores tell too little of what two marks have to do
            with each other. See ``newsnorm.training.tune``, too.
        paragraphs: Paragraph breaks will be written, so that a quotation opens again after one.
        before: What the text before leaves open, if the document goes on from another.
        ends: The text ends with the document; else what is open at its end may stay so.
        whole: Kinds that the text has all of, so that no sentence starts after a mark of theirs that it does not show.

    Returns:
        Labels of every head for every word, their probabilities and the pairs of quotation marks.

    Cost: O(n) time and memory in words.
    """
    n = len(document.words)
    if n == 0:
        return Decoded(np.zeros((0, len(HEADS)), np.int8), np.zeros((0, len(HEADS)), np.float32), [])
    labelling = Labelling(scores, document, biases, calibration, paragraphs, before, ends)
    _joins(labelling)
    _paragraph_breaks(labelling)
    pairs = pair_quotes(labelling)
    pair_brackets(labelling)
    _cases(labelling)
    instead = _marks(labelling, whole)
    _signs(labelling)
    _apostrophes(labelling)
    _starts(labelling, whole)
    labels = labelling.labels
    if not paragraphs:
        # Rendering takes a label for what will stand there, and brackets and quotation marks nest within a paragraph.
        labels[:, heads.PARAGRAPH] = document.shown[:, heads.PARAGRAPH]
    probabilities = np.empty(labels.shape, np.float32)
    for head in range(len(HEADS)):
        probabilities[:, head] = np.exp(labelling.log(np.arange(n), head, labels[:, head]))
    probabilities[:, heads.MARK] = np.minimum(probabilities[:, heads.MARK], instead)
    # A capital may come from the word or from the sentence that starts with it.
    first = np.flatnonzero((labels[:, heads.START] == 1) & (labels[:, heads.CASE] <= heads.TITLE))
    lowered, inner = np.exp(labelling.log(first, heads.CASE, heads.LOWER)), np.exp(labelling.log(first, heads.START, 0))
    # A text starts with a sentence, though the model was never asked: it gave the capital of a first `the` 2 %.
    inner[first == 0] = 0
    probabilities[first, heads.CASE] = 1 - lowered * inner
    share_probability(labels, probabilities, pairs, document.newline)
    capitals = words_in_capitals(labelling)
    # Lowered they are because they should not stand in capitals, whether with one capital or none.
    plain = capitals[labels[capitals, heads.CASE] <= heads.TITLE]
    probabilities[plain, heads.CASE] = 1 - np.exp(labelling.log(plain, heads.CASE, heads.UPPER))
    return Decoded(labels, probabilities, pairs, capitals.tolist())


def _joins(labelling: Labelling) -> None:
    """Settle the joins: a gap that is joined has room for nothing else."""
    document = labelling.document
    inner = document.bare[1:] & ~document.newline[1:]
    inner[-1] = False
    allowed = np.zeros((labelling.n, HEAD_SIZES["join"]), bool)
    allowed[inner] = True
    allowed[:, heads.JOINS[","]] &= grouped(document.words)
    seen = np.flatnonzero(labelling.shown[:, heads.JOIN])
    allowed[seen] = False
    allowed[seen, labelling.shown[seen, heads.JOIN]] = True
    labelling.choose(heads.JOIN, allowed)
    labelling.open_gap[1:] &= labelling.labels[:, heads.JOIN] == 0


def _paragraph_breaks(labelling: Labelling) -> None:
    """Settle the paragraph breaks; a line break in the text stands."""
    allowed = labelling.allow(heads.PARAGRAPH, (), (1,))
    allowed[-1, 1] = False
    labelling.choose(heads.PARAGRAPH, allowed)


def _marks(labelling: Labelling, whole: Collection[Kind]) -> NDArray[np.float32]:
    """Settle the marks; return how likely each may be called at the most.

    A shown period may be an abbreviation's, or half of ``Inc.,``.
    """
    allowed = labelling.allow(heads.MARK, (), range(1, HEAD_SIZES["mark"]))
    shown = labelling.shown[:, heads.MARK]
    room = labelling.open_gap[1:].copy()
    room[-1] = False
    for mark in (",", ":", ";", "—", ".,"):
        allowed[-1, heads.MARKS[mark]] = shown[-1] == heads.MARKS[mark]
    period, abbreviation, comma, both = (heads.MARKS[m] for m in (".", "abbreviation", ",", ".,"))
    periods = (shown == period) | (shown == abbreviation)
    allowed[periods, period] = allowed[periods, abbreviation] = True
    allowed[(periods | (shown == comma)) & room, both] = True
    # "The talks ended on Monday; Nobody came": what looks like a semicolon before the start of a sentence is a period.
    starting = np.append(_likely_starts(labelling)[1:], False)
    allowed[starting & (shown != heads.MARKS[";"]), heads.MARKS[";"]] = False
    opened = np.append(np.isin(labelling.labels[1:, heads.BRACKET], list(heads.OPENING_BRACKETS)), False)
    for mark in (",", ":", ";", "—", ".,"):
        allowed[opened & ~np.isin(shown, (comma, heads.MARKS[mark])), heads.MARKS[mark]] = False
    return heed_capitals(labelling, allowed, whole)


def _signs(labelling: Labelling) -> None:
    """Settle currency and percent signs; none where a word says the same."""
    percent = heads.SIGNS["%"]
    others = [c for c in range(1, HEAD_SIZES["sign"]) if c != percent]
    labelling.choose(heads.SIGN, labelling.allow(heads.SIGN, others, [percent]))
    signs, joins = labelling.labels[:, heads.SIGN], labelling.labels[:, heads.JOIN].tolist()
    for i in np.flatnonzero(signs * (labelling.shown[:, heads.SIGN] == 0)).tolist():
        if named(labelling.document.words, joins, i, int(signs[i])):
            signs[i] = 0


def _apostrophes(labelling: Labelling) -> None:
    """Settle the apostrophes at the ends of words; within single quotation marks there are none."""
    allowed = labelling.allow(heads.APOSTROPHE, [heads.LEADING], [heads.TRAILING])
    clipped = np.array([heads.is_clipped(word) for word in labelling.document.words], bool)
    allowed[~clipped, heads.LEADING] = False
    single = labelling.labels[:, heads.CLOSE] >= heads.CLOSES["'"]
    depth: NDArray[np.int_] = np.cumsum(labelling.labels[:, heads.OPEN] >= heads.OPENS["'"]) - np.cumsum(single)
    depth += labelling.before.quote == SINGLE
    allowed[(depth > 0) | single, heads.TRAILING] = False
    # What stands after a word and ends no single quotation is an apostrophe, however it was read.
    apostrophe = labelling.shown[:, heads.APOSTROPHE]
    stands = (apostrophe == heads.TRAILING) | (
        (labelling.shown[:, heads.CLOSE] >= heads.CLOSES["'"]) & (apostrophe == 0)
    )
    allowed[stands & ~single] = False
    allowed[stands & ~single, heads.TRAILING] = True
    labelling.choose(heads.APOSTROPHE, allowed)


def _starts(labelling: Labelling, whole: Collection[Kind]) -> None:
    """Settle where sentences start: as the marks tell, and as the model thinks where they leave it open."""
    labels, likely = labelling.labels, _likely_starts(labelling)
    starts = _starting(labels, likely)
    if whole:
        shown = labels.copy()
        for head in (head for kind, heads in _STARTING.items() if kind in whole for head in heads):
            shown[labelling.shown[:, head] == 0, head] = 0
        # Of a text in capitals, A as it stands may start a sentence: to lower it only once the text has all its marks
        # would change a text that was restored.
        pairs = zip(labelling.document.tokens, labelling.document.words, strict=True)
        one_letter = [token != word and title(word) == upper(word) for token, word in pairs]
        starts &= _starting(shown, likely) | one_letter
    starts[0] = labelling.before.starts
    labels[:, heads.START] = starts


def _likely_starts(labelling: Labelling) -> NDArray[np.bool_]:
    """Tell before which words the model thinks that a sentence starts, whatever the marks."""
    scores = labelling.head(heads.START)
    likely: NDArray[np.bool_] = scores[:, 1] > scores[:, 0]
    return likely


def _starting(labels: Labels, likely: NDArray[np.bool_]) -> NDArray[np.bool_]:
    before = np.vstack([np.zeros((1, labels.shape[1]), np.int8), labels[:-1]])
    terminal = np.isin(before[:, heads.MARK], list(heads.SENTENCE_STARTS_AFTER))
    open_question = (
        terminal
        | np.isin(before[:, heads.MARK], list(heads.SENTENCE_MAY_START_AFTER))
        | (before[:, heads.PARAGRAPH] > 0)
        | (labels[:, heads.OPEN] > 0)
        | np.isin(labels[:, heads.BRACKET], list(heads.OPENING_BRACKETS))
    )
    starting: NDArray[np.bool_] = (terminal & ((before[:, heads.CLOSE] == 0) | (before[:, heads.PARAGRAPH] > 0))) | (
        open_question & likely
    )
    return starting


def _cases(labelling: Labelling) -> None:
    """Settle how each word is written in mid-sentence."""
    labelling.labels[:, heads.CASE] = labelling.head(heads.CASE).argmax(axis=1)
