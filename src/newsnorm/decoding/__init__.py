"""From scores to the best labelling that the text's own marks allow.

The decoder chooses all labels, whatever kinds are requested, and its answer depends only on the scores and on what the
text shows. So the best labelling stays the best when part of it has been written into the text. That is why restoring
is idempotent and why the single kinds compose. Most heads are chosen gap by gap. Quotation marks and brackets, which
must pair, are chosen together, by the most likely path through what is open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from newsnorm.decoding.brackets import pair_brackets
from newsnorm.decoding.capitals import end_sentences_at_capitals, words_in_capitals
from newsnorm.decoding.confidence import probabilities
from newsnorm.decoding.labelling import Carried, Decoded, Labelling
from newsnorm.decoding.numerals import is_grouped, is_named
from newsnorm.decoding.quotes import IN_SINGLE, pair_quotes
from newsnorm.document import Document
from newsnorm.kinds import Kind
from newsnorm.labels import HEAD_SIZES, HEADS, Labels, heads
from newsnorm.model.scores import Biases, Calibration, Scores
from newsnorm.words import title, upper

__all__ = ["Carried", "Decoded", "decode"]

#: The heads whose marks a sentence may start after, by kind.
_STARTING: Mapping[Kind, tuple[int, ...]] = {"quotes": (heads.OPEN,), "punctuation": (heads.MARK, heads.BRACKET)}
#: Marks that need a word after them, so that none is put at the end of a text or before an opening bracket.
_CONTINUING = (",", ":", ";", "—", ".,")


def decode(
    scores: Scores,
    document: Document,
    *,
    biases: Biases | None = None,
    calibration: Calibration | None = None,
    paragraphs: bool = False,
    complete: Collection[Kind] = (),
    carried: Carried | None = None,
    ends: bool = True,
) -> Decoded:
    """Return the best labelling of *document*.

    Each decision may use the ones before it, in this order:

    1. Joins. A joined gap (``iraq's``) has no room for any other mark.
    2. Paragraph breaks, because a quotation opens again after one.
    3. Quotation marks, the decision with the longest reach. It uses nothing but joins and breaks.
    4. Brackets, which may not have a comma before them.
    5. Case in mid-sentence. A word that is a name does not show where a sentence starts.
    6. Marks. They depend on brackets, and on capitals of the text that nothing chosen so far explains.
    7. Signs. A currency sign goes only where no word replaces it, which depends on joined numbers.
    8. Apostrophes after words. There are none within single quotation marks.
    9. Sentence starts, which follow from all marks.

    Args:
        scores: float32, shape ``(n_words, sum(HEAD_SIZES.values()))``, natural-log odds up to a constant a head.
        document: The words and what the text shows.
        biases: float32, shape ``(sum(HEAD_SIZES.values()),)``, in nats: added to the log probabilities when labels are
            chosen. The most likely labels are not those with the best F1; see ``newsnorm.training.tune``.
        calibration: Slope and shift of the log odds of quotations. Scores underestimate how far two marks depend on
            each other; see ``newsnorm.training.tune``.
        paragraphs: Whether paragraph breaks will be written, so that a quotation opens again after one.
        complete: Kinds whose marks the text already has. No sentence starts after a mark of these kinds that is added.
        carried: What the text before leaves open, if the document continues a text.
        ends: Whether the text ends with the document. If not, what is open at its end may stay open.

    Returns:
        The labels of every head for every word, their probabilities and the pairs of quotation marks.

    Cost: O(n) time and memory in words.
    """
    if not document.words:
        return Decoded(np.zeros((0, len(HEADS)), np.int8), np.zeros((0, len(HEADS)), np.float32), [])
    labelling = Labelling(
        scores, document, biases=biases, calibration=calibration, paragraphs=paragraphs, carried=carried, ends=ends
    )
    labels = labelling.labels
    _choose_joins(labelling)
    _choose_paragraph_breaks(labelling)
    pairs = pair_quotes(labelling)
    pair_brackets(labelling)
    labels[:, heads.CASE] = labelling.head(heads.CASE).argmax(axis=1)
    limits = _choose_marks(labelling, complete)
    _choose_signs(labelling)
    _choose_apostrophes(labelling)
    _choose_starts(labelling, complete)
    if not paragraphs:
        # Rendering takes a label for what will be written, and brackets and quotation marks nest within a paragraph.
        labels[:, heads.PARAGRAPH] = document.shown[:, heads.PARAGRAPH]
    capitals = words_in_capitals(labelling)
    return Decoded(labels, probabilities(labelling, pairs, limits, capitals), pairs, capitals.tolist())


def _choose_joins(labelling: Labelling) -> None:
    """Choose the joins. A joined gap has no room for any other mark."""
    document = labelling.document
    inner = document.bare[1:] & ~document.newline[1:]
    inner[-1] = False
    allowed = np.zeros((labelling.n, HEAD_SIZES["join"]), bool)
    allowed[inner] = True
    allowed[:, heads.JOINS[","]] &= is_grouped(document.words)
    seen = np.flatnonzero(labelling.shown[:, heads.JOIN])
    allowed[seen] = False
    allowed[seen, labelling.shown[seen, heads.JOIN]] = True
    labelling.choose(heads.JOIN, allowed)
    labelling.open_gap[1:] &= labelling.labels[:, heads.JOIN] == 0


def _choose_paragraph_breaks(labelling: Labelling) -> None:
    """Choose the paragraph breaks. A line break in the text is kept."""
    allowed = labelling.allow(heads.PARAGRAPH, (), (1,))
    allowed[-1, 1] = False
    labelling.choose(heads.PARAGRAPH, allowed)


def _choose_marks(labelling: Labelling, complete: Collection[Kind]) -> NDArray[np.float32]:
    """Choose the marks; return the highest probability that each may have.

    A period in the text may be an abbreviation's, or half of ``Inc.,``.
    """
    allowed = labelling.allow(heads.MARK, (), range(1, HEAD_SIZES["mark"]))
    shown = labelling.shown[:, heads.MARK]
    room = labelling.open_gap[1:].copy()
    room[-1] = False
    for mark in _CONTINUING:
        allowed[-1, heads.MARKS[mark]] = shown[-1] == heads.MARKS[mark]
    period, abbreviation, comma, both = (heads.MARKS[mark] for mark in (".", "abbreviation", ",", ".,"))
    periods = (shown == period) | (shown == abbreviation)
    allowed[periods, period] = allowed[periods, abbreviation] = True
    allowed[(periods | (shown == comma)) & room, both] = True
    # "The talks ended on Monday; Nobody came": what looks like a semicolon before the start of a sentence is a period.
    starting = np.append(_likely_starts(labelling)[1:], False)
    allowed[starting & (shown != heads.MARKS[";"]), heads.MARKS[";"]] = False
    opened = np.append(np.isin(labelling.labels[1:, heads.BRACKET], list(heads.OPENING_BRACKETS)), False)
    for mark in _CONTINUING:
        allowed[opened & ~np.isin(shown, (comma, heads.MARKS[mark])), heads.MARKS[mark]] = False
    return end_sentences_at_capitals(labelling, allowed, complete)


def _choose_signs(labelling: Labelling) -> None:
    """Choose currency and percent signs; none where a word replaces them."""
    percent = heads.SIGNS["%"]
    others = [c for c in range(1, HEAD_SIZES["sign"]) if c != percent]
    labelling.choose(heads.SIGN, labelling.allow(heads.SIGN, others, [percent]))
    signs, joins = labelling.labels[:, heads.SIGN], labelling.labels[:, heads.JOIN].tolist()
    for i in np.flatnonzero(signs * (labelling.shown[:, heads.SIGN] == 0)).tolist():
        if is_named(labelling.document.words, joins, i, int(signs[i])):
            signs[i] = 0


def _choose_apostrophes(labelling: Labelling) -> None:
    """Choose the apostrophes at the ends of words; there are none within single quotation marks."""
    allowed = labelling.allow(heads.APOSTROPHE, [heads.LEADING], [heads.TRAILING])
    clipped = np.array([heads.is_clipped(word) for word in labelling.document.words], bool)
    allowed[~clipped, heads.LEADING] = False
    opens, closes = labelling.labels[:, heads.OPEN], labelling.labels[:, heads.CLOSE]
    single = closes >= heads.SINGLE
    depth: NDArray[np.int_] = np.cumsum(opens >= heads.SINGLE) - np.cumsum(single)
    depth += labelling.carried.quote == IN_SINGLE
    allowed[(depth > 0) | single, heads.TRAILING] = False
    # A single mark after a word that closes no single quotation is an apostrophe, however it was read.
    apostrophe = labelling.shown[:, heads.APOSTROPHE]
    stands = (apostrophe == heads.TRAILING) | ((labelling.shown[:, heads.CLOSE] >= heads.SINGLE) & (apostrophe == 0))
    allowed[stands & ~single] = False
    allowed[stands & ~single, heads.TRAILING] = True
    labelling.choose(heads.APOSTROPHE, allowed)


def _choose_starts(labelling: Labelling, complete: Collection[Kind]) -> None:
    """Choose where sentences start: where the marks require it, and where they permit it if the model agrees."""
    labels, likely = labelling.labels, _likely_starts(labelling)
    starts = _starts_after_marks(labels, likely)
    if complete:
        shown = labels.copy()
        for head in (head for kind, marks in _STARTING.items() if kind in complete for head in marks):
            shown[labelling.shown[:, head] == 0, head] = 0
        # In a text in capitals, A may start a sentence as it is. Lowering it only once the text has all its marks would
        # change a text that was restored.
        pairs = zip(labelling.document.tokens, labelling.document.words, strict=True)
        one_letter = [token != word and title(word) == upper(word) for token, word in pairs]
        starts &= _starts_after_marks(shown, likely) | one_letter
    starts[0] = labelling.carried.starts
    labels[:, heads.START] = starts


def _likely_starts(labelling: Labelling) -> NDArray[np.bool_]:
    """Return before which words the model expects a sentence to start, whatever the marks."""
    scores = labelling.head(heads.START)
    likely: NDArray[np.bool_] = scores[:, 1] > scores[:, 0]
    return likely


def _starts_after_marks(labels: Labels, likely: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return before which words a sentence starts; *likely* decides where the marks permit both."""
    before = np.vstack([np.zeros((1, labels.shape[1]), np.int8), labels[:-1]])
    broken = before[:, heads.PARAGRAPH] > 0
    terminal = np.isin(before[:, heads.MARK], list(heads.SENTENCE_STARTS_AFTER))
    permitted = (
        terminal
        | np.isin(before[:, heads.MARK], list(heads.SENTENCE_MAY_START_AFTER))
        | broken
        | (labels[:, heads.OPEN] > 0)
        | np.isin(labels[:, heads.BRACKET], list(heads.OPENING_BRACKETS))
    )
    required = terminal & ((before[:, heads.CLOSE] == 0) | broken)
    starts: NDArray[np.bool_] = required | (permitted & likely)
    return starts
