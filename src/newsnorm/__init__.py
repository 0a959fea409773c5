"""newsnorm turns flattened wire text back into copy that people can read, and never changes a word."""

from newsnorm.edits import apply
from newsnorm.errors import DataError, NewsnormError
from newsnorm.flatten import flatten
from newsnorm.metrics import Score, score
from newsnorm.restore import (
    explain,
    quotations,
    restore,
    restore_case,
    restore_contractions,
    restore_many,
    restore_punctuation,
    restore_quotes,
)
from newsnorm.types import KINDS, Edit, Quotation, Restoration

__all__ = [
    "KINDS",
    "DataError",
    "Edit",
    "NewsnormError",
    "Quotation",
    "Restoration",
    "Score",
    "apply",
    "explain",
    "flatten",
    "quotations",
    "restore",
    "restore_case",
    "restore_contractions",
    "restore_many",
    "restore_punctuation",
    "restore_quotes",
    "score",
]
