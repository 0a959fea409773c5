"""The options of restoring, as one value that is checked once."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, TypedDict, Unpack

from newsnorm.errors import check_choice, check_threshold
from newsnorm.kinds import KINDS, QUOTE_STYLES, Kind, QuoteStyle


class Keywords(TypedDict, total=False):
    """The options as keywords, for functions that pass them on."""

    kinds: Collection[Kind] | None
    threshold: float
    quotes: QuoteStyle
    paragraphs: bool
    consistent: bool


class Options(NamedTuple):
    """How to restore a text. The attributes are the arguments of `newsnorm.restore`."""

    #: ``None`` for the kinds that each text lacks.
    kinds: Collection[Kind] | None = None
    threshold: float = 0.0
    quotes: QuoteStyle = "straight"
    paragraphs: bool = False
    consistent: bool = True

    @classmethod
    def checked(cls, **keywords: Unpack[Keywords]) -> Options:
        """Return the options, or raise `TypeError` or `ValueError` for one that is not valid."""
        options = cls(**keywords)
        kinds = options.kinds
        if isinstance(kinds, str):
            names = ", ".join(repr(kind.strip()) for kind in kinds.split(","))
            raise TypeError(f"kinds must be a collection of kinds such as [{names}], not the str {kinds!r}")
        for kind in kinds or ():
            check_choice(kind, KINDS, "kind")
        check_threshold(options.threshold)
        check_choice(options.quotes, QUOTE_STYLES, "quotes")
        # In the order of KINDS, because a set of strings has another order in every process.
        return options if kinds is None else options._replace(kinds=tuple(kind for kind in KINDS if kind in kinds))
