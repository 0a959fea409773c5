"""The one path from a text to its restoration.

::

    text -> parse -> Document -> score -> decide -> Decoded -> write -> edits -> text

`restored` takes whole texts along it. `newsnorm.streaming` takes the documents that it cuts a long text into, by the
same `decide` and `write`. So a stage that is added here is added everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import tee
from typing import NamedTuple

from newsnorm import render
from newsnorm.decoding import Carried, Decoded, decode
from newsnorm.document import Document, parse
from newsnorm.edits import RawEdit, write_edits
from newsnorm.kinds import KINDS, Kind, missing
from newsnorm.model import ModelLike, Scorer, load
from newsnorm.model.consistency import make_consistent
from newsnorm.model.scores import Scores
from newsnorm.options import Options
from newsnorm.restoration import Edit, Restoration


class Restored(NamedTuple):
    """A text on its way: what was read, chosen and written."""

    document: Document
    decoded: Decoded
    edits: list[RawEdit]
    text: str


def restored(texts: Iterable[str], options: Options, model: ModelLike = None) -> Iterator[Restored]:
    """Restore *texts* in their order; read a few dozen windows ahead."""
    scorer = load(model)
    documents, again = tee(map(parse, texts))
    scores = scorer.score_many(document.words for document in documents)
    for document in again:
        kinds, complete = choose_kinds(document.text, options)
        # The scores are the largest value that a long text needs. Nothing here holds them longer than decoding does.
        decoded = decide(document, next(scores), scorer, options, complete=complete)
        edits = write(document, decoded, scorer, options, kinds)
        yield Restored(document, decoded, edits, write_edits(document.text, edits))


def explained(text: str, options: Options, model: ModelLike = None) -> Restoration:
    """Restore *text*; return the result with its edits and quotations."""
    document, decoded, edits, result = next(restored([text], options, model))
    quotations = render.find_quotations(document, decoded, edits, result)
    return Restoration(document.text, result, tuple(Edit(*raw) for raw in edits), tuple(quotations))


def choose_kinds(text: str, options: Options) -> tuple[Collection[Kind], Collection[Kind]]:
    """Return the kinds of edits to write, and the kinds that *text* has already, if it decides."""
    lacking = options.kinds
    complete: set[Kind] = set()
    if lacking is None:
        lacking = missing(text)
        complete = set(KINDS).difference(lacking)
    return {*lacking, "paragraphs"} if options.paragraphs else {*lacking}, complete


def decide(
    document: Document,
    scores: Scores,
    scorer: Scorer,
    options: Options,
    *,
    complete: Collection[Kind] = (),
    carried: Carried | None = None,
    ends: bool = True,
) -> Decoded:
    """Choose the labels of a document. *scores* are changed; the other arguments are those of `decode`."""
    if options.consistent:
        make_consistent(scores, document.words)
    return decode(
        scores,
        document,
        biases=scorer.biases,
        calibration=scorer.calibration,
        paragraphs=options.paragraphs,
        complete=complete,
        carried=carried,
        ends=ends,
    )


def write(
    document: Document, decoded: Decoded, scorer: Scorer, options: Options, kinds: Collection[Kind]
) -> list[RawEdit]:
    """Return the edits of *kinds* that turn a document into its labels."""
    return render.edit(document, decoded, scorer.forms, kinds=kinds, threshold=options.threshold, quotes=options.quotes)
