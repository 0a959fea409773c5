"""spaCy: a Doc over the restored text that knows where its tokens were, and quotations as spans.

Importing this module, or the extra's entry point, registers the component ``newsnorm_quotations`` and the attributes
``doc._.quotations``, ``doc._.source``, ``token._.source_start`` and ``token._.source_end``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from newsnorm.integrations.columns import Options, needed
from newsnorm.restore import explain

if TYPE_CHECKING:
    from typing import Unpack

    from newsnorm.kinds import QuoteStyle
    from newsnorm.types import Edit, Restoration

with needed("spacy"):
    from spacy.language import Language
    from spacy.tokens import Doc, Span, Token

NAME = "newsnorm_quotations"
#: Options of `newsnorm.restore` that the component has, as they are unless a config says otherwise.
DEFAULTS = {"threshold": 0.0, "quotes": "straight", "model": None}


def make_doc(nlp: Language, text: str, /, **options: Unpack[Options]) -> Doc:
    """
    Restore flat *text* and tokenise it; each token knows where it was in *text*.

        >>> import spacy
        >>> from newsnorm.integrations.spacy import make_doc
        >>> doc = make_doc(spacy.blank("en"), "we won t be hurried she said")
        >>> print(doc)
        "We won't be hurried," she said.
        >>> [(token.text, token._.source_start, token._.source_end) for token in doc][1:5]
        [('We', 0, 2), ('wo', 3, 5), ("n't", 5, 8), ('be', 9, 11)]
        >>> doc._.quotations
        [We won't be hurried,]

    Args:
        nlp: A pipeline; ``nlp(make_doc(nlp, text))`` runs the rest of it.
        text: Flat text.
        options: ``kinds``, ``threshold``, ``quotes``, ``paragraphs`` and ``model``, as for `newsnorm.restore`.

    Returns:
        A Doc over the restored text. ``token._.source_start`` and ``token._.source_end`` are where its characters were in
        ``doc._.source``, half-open; both are the same for a mark that was put in. ``doc._.quotations`` holds a Span
        for each quotation.

    Raises:
        TypeError, ValueError, DataError: As for `newsnorm.restore`; ValueError also for a text that is longer than the
            pipeline's ``max_length``.

    Cost: as for `newsnorm.restore`, and spaCy's tokeniser.

    .. versionadded:: 0.1
    """
    found = explain(text, **options)
    doc = nlp.make_doc(found.text)
    doc._.source = text
    offsets = _Offsets(found.edits)
    for token in doc:
        token._.source_start = offsets.to_source(token.idx, after=True)
        token._.source_end = offsets.to_source(token.idx + len(token), after=False)
    doc._.quotations = _spans(doc, [(one.start, one.end) for one in found.quotations])
    return doc


class _Offsets:
    """Offsets in a restored text, and where they were in its source."""

    def __init__(self, edits: Collection[Edit]) -> None:
        #: Of each edit where it begins in the restored text and in the source, and the same for its end.
        self._begins: list[tuple[int, int]] = []
        self._ends: list[tuple[int, int]] = []
        grown = 0
        for edit in edits:
            self._begins.append((edit.offset + grown, edit.offset))
            grown += len(edit.after) - len(edit.before)
            end = edit.offset + len(edit.before)
            self._ends.append((end + grown, end))

    def to_source(self, offset: int, *, after: bool) -> int:
        """Find an offset of the restored text in the source; one that lies within an edit at its end, or its begin."""
        at = bisect_right(self._begins, (offset, offset if after else -1)) - 1
        if at < 0:
            return offset
        (begin, source_begin), (end, source_end) = self._begins[at], self._ends[at]
        if offset >= end:
            return source_end + offset - end
        same = min(offset - begin, source_end - source_begin)
        return source_end if after else source_begin + same
