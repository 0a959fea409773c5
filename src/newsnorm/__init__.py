"""newsnorm restores flattened news text to text that people can read, and never changes a word."""

from typing import TYPE_CHECKING

from newsnorm.api import (
    explain,
    quotations,
    restore,
    restore_case,
    restore_contractions,
    restore_many,
    restore_punctuation,
    restore_quotes,
)
from newsnorm.edits import apply
from newsnorm.errors import ColumnError, DataError, NewsnormError, TextError
from newsnorm.kinds import KINDS, Kind, QuoteStyle, missing
from newsnorm.streaming import stream
from newsnorm.words import flatten

if TYPE_CHECKING:
    from newsnorm.metrics import Score, score
    from newsnorm.model import ModelLike
    from newsnorm.restoration import Edit, Quotation, Restoration

__all__ = [
    "KINDS",
    "ColumnError",
    "DataError",
    "Edit",
    "Kind",
    "ModelLike",
    "NewsnormError",
    "Quotation",
    "QuoteStyle",
    "Restoration",
    "Score",
    "TextError",
    "apply",
    "explain",
    "flatten",
    "missing",
    "quotations",
    "restore",
    "restore_case",
    "restore_contractions",
    "restore_many",
    "restore_punctuation",
    "restore_quotes",
    "score",
    "stream",
]

#: Names that are imported on first use: attrs takes longer to import than all the rest, and numpy longer still.
_LATER = {
    "Edit": "restoration",
    "ModelLike": "model",
    "Quotation": "restoration",
    "Restoration": "restoration",
    "Score": "metrics",
    "score": "metrics",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("newsnorm")
    if name not in _LATER:
        raise AttributeError(f"module 'newsnorm' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"newsnorm.{_LATER[name]}"), name)
    globals()[name] = value
    return value
