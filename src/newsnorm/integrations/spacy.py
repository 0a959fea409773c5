"""spaCy: a Doc over the restored text whose tokens have their source offsets, and quotations as spans.

Importing this module registers the component ``newsnorm_quotations`` and the attributes ``doc._.quotations``,
``doc._.source``, ``token._.source_start`` and ``token._.source_end``. So does ``nlp.add_pipe("newsnorm_quotations")``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from newsnorm.api import explain
from newsnorm.integrations.columns import RestoreKeywords, check_keywords, require

if TYPE_CHECKING:
    from typing import Unpack

with require("spacy"):
    from spacy.language import Language
    from spacy.tokens import Doc, Span, Token

#: Name of the component and of its span group.
NAME = "newsnorm_quotations"
LABEL = "QUOTATION"


def make_doc(nlp: Language, text: str, /, **options: Unpack[RestoreKeywords]) -> Doc:
    """
    Restore flat *text* and tokenise it; each token has its offsets in *text*.

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
        options: The keyword arguments of `newsnorm.restore`.

    Returns:
        A Doc over the restored text. ``doc._.source`` is *text*. A token was at ``token._.source_start`` to
        ``token._.source_end`` there; the two are equal for an inserted mark. ``doc._.quotations`` has a span for each
        quotation.

    Raises:
        TypeError, DataError: As for `newsnorm.restore`.
        ValueError: As for `newsnorm.restore`, or the text is longer than the pipeline's ``max_length``.

    Cost: as for `newsnorm.restore`, plus spaCy's tokeniser.

    .. versionadded:: 0.1
    """
    found = explain(text, **options)
    doc = nlp.make_doc(found.text)
    doc._.source = text
    for token in doc:
        token._.source_start, token._.source_end = found.to_source(token.idx, token.idx + len(token))
    _fill(doc, ((one.start, one.end) for one in found.quotations))
    return doc


class Quotations:
    """
    A component that fills ``doc._.quotations``, for a Doc over flat or formatted text.

        >>> import spacy
        >>> nlp = spacy.blank("en")
        >>> component = nlp.add_pipe("newsnorm_quotations", config={"threshold": 0.5})
        >>> [said] = nlp("we won t be hurried she told reporters")._.quotations
        >>> said.text, said.label_
        ('we won t be hurried', 'QUOTATION')

    Args:
        threshold: Minimum probability of a quotation, from 0 to 1.
        model: Folder of a model to use instead of the packaged one.
    """

    def __init__(self, *, threshold: float = 0.0, model: str | None = None) -> None:
        self.options: RestoreKeywords = {"threshold": threshold, "model": model}
        check_keywords(**self.options)

    def __call__(self, doc: Doc) -> Doc:
        """Fill a Doc, unless `make_doc` has already done so."""
        if NAME not in doc.spans:
            found = explain(doc.text, **self.options)
            # Their offsets are in the restored text, but the Doc is over the given text.
            _fill(doc, (found.to_source(one.start, one.end) for one in found.quotations))
        return doc


def make_quotations(nlp: Language, name: str, threshold: float, model: str | None) -> Quotations:  # noqa: ARG001 - spaCy passes both
    """Create the component from its config, for ``nlp.add_pipe``."""
    return Quotations(threshold=threshold, model=model)


def _fill(doc: Doc, spans: Iterable[tuple[int, int]]) -> None:
    found = (doc.char_span(start, end, label=LABEL, alignment_mode="expand") for start, end in spans)
    # A span group, not an attribute: spaCy can serialise it to send a Doc to another process.
    doc.spans[NAME] = [span for span in found if span is not None]


def _quotations(doc: Doc) -> list[Span]:
    return list(doc.spans[NAME]) if NAME in doc.spans else []


# `force`, because this module may be imported again.
Doc.set_extension("quotations", getter=_quotations, force=True)
Doc.set_extension("source", default=None, force=True)
Token.set_extension("source_start", default=None, force=True)
Token.set_extension("source_end", default=None, force=True)
_CONFIG = {"threshold": 0.0, "model": None}
Language.factory(NAME, default_config=_CONFIG, assigns=["doc._.quotations"], func=make_quotations)
