"""The values that newsnorm returns: frozen, and checked when they are made."""

from __future__ import annotations

from typing import get_args

from attrs import field, frozen

from newsnorm.kinds import Kind


@frozen
class Edit:
    """
    One change to the source text: at *offset*, *before* becomes *after*.

        >>> Edit(offset=4, before=" ", after="'", kind="contractions", probability=0.998)
        Edit(offset=4, before=' ', after="'", kind='contractions', probability=0.998)

    Attributes:
        offset: Where *before* starts in the source text, in code points.
        before: What stands there; empty for a mark that is put in.
        after: What will stand there instead.
        kind: What the edit restores, one of `KINDS` or ``"paragraphs"``.
        probability: How sure the model is, from 0 to 1.

    Raises:
        ValueError: An edit that changes nothing, stands before the text or has no probability.
    """

    offset: int = field()
    before: str
    after: str = field()
    kind: Kind = field()
    probability: float = field()

    @offset.validator
    def _offset_in_text(self, _: object, value: int) -> None:
        if value < 0:
            raise ValueError(f"offset must be 0 or more, not {value}")

    @after.validator
    def _changes(self, _: object, value: str) -> None:
        if value == self.before:
            raise ValueError(f"an edit must change something: before and after are both {value!r}")

    @kind.validator
    def _is_kind(self, _: object, value: str) -> None:
        if value not in get_args(Kind):
            raise ValueError(f"kind must be one of {', '.join(get_args(Kind))}, not {value!r}")

    @probability.validator
    def _is_probability(self, _: object, value: float) -> None:
        if not 0 <= value <= 1:
            raise ValueError(f"probability must be from 0 to 1, not {value!r}")


@frozen
class Quotation:
    """
    A stretch of direct speech in a restored text.

    Attributes:
        start: Where it starts in the restored text, in code points, after the opening mark.
        end: Where it ends, half-open, before the closing mark.
        text: What stands there.
        probability: How sure the model is of both ends, from 0 to 1.
    """

    start: int
    end: int
    text: str
    probability: float


@frozen
class Restoration:
    """
    A restored text and how it came about.

    Attributes:
        source: The text that was given.
        text: The restored text; ``apply(source, edits)`` gives it again.
        edits: What was changed, in the order of the text.
        quotations: Where somebody speaks, in the order of the text.
    """

    source: str
    text: str
    edits: tuple[Edit, ...]
    quotations: tuple[Quotation, ...]
