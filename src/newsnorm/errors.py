"""The errors of newsnorm, the checks of arguments, and how messages are written.

Every message says what was wrong, what was expected and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import index
from typing import SupportsIndex

# --- errors -----------------------------------------------------------------------------------------------------------


class NewsnormError(Exception):
    """Base class of newsnorm's own errors."""


class DataError(NewsnormError):
    """A model, or one of its files, is missing, damaged or in another format."""


class TextError(NewsnormError):
    """A file is not text in the expected encoding, or not a table of the expected format."""


class ColumnError(NewsnormError):
    """A table lacks the requested column, or the column contains anything other than text."""


# --- messages ---------------------------------------------------------------------------------------------------------


def show(name: str) -> str:
    """Return a file name on one line: it may contain line breaks, control characters, or bytes that are not text."""
    return name if name.isprintable() else ascii(name)


def reason(error: Exception) -> str:
    """Return the message of *error*, without the number and the path in that of an `OSError`."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


# --- checks of arguments ----------------------------------------------------------------------------------------------


def check_text(text: object, name: str = "text") -> None:
    """Raise `TypeError` unless *text* is a ``str``."""
    if isinstance(text, str):
        return
    if isinstance(text, (bytes, bytearray, memoryview)):
        raise TypeError(
            f"{name} must be a str, not {type(text).__name__}: decode it first, for example {name}.decode('utf-8')"
        )
    hint = "; for many texts use restore_many" if isinstance(text, (list, tuple)) else ""
    raise TypeError(f"{name} must be a str, not {type(text).__name__}{hint}")


def check_choice(value: object, allowed: Iterable[str], name: str) -> None:
    """Raise `ValueError` unless *value* is one of *allowed*."""
    allowed = tuple(allowed)
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, not {value!r}")


def check_threshold(threshold: object) -> None:
    """Raise `TypeError` or `ValueError` unless *threshold* is a probability."""
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)):
        raise TypeError(f"threshold must be a number from 0 to 1, not {type(threshold).__name__}")
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be a probability from 0 to 1, not {threshold!r}")


def check_workers(workers: object) -> int:
    """Raise `TypeError` or `ValueError` unless *workers* is a number of processes; return it."""
    if isinstance(workers, bool) or not isinstance(workers, int):
        raise TypeError(f"workers must be a number of processes, not {type(workers).__name__}")
    if workers < 1:
        raise ValueError(f"workers must be 1 or more, not {workers}; with 1, this process does all the work")
    return workers


def check_span(start: object, end: object, length: int, of: str, hint: str) -> tuple[int, int]:
    """Raise `TypeError` or `ValueError` unless *start* to *end* is a span of a text of *length*; return both."""
    first, last = _check_offset(start, "start"), _check_offset(end, "end")
    if first > last:
        raise ValueError(f"a span must end where it starts or later: start {first} is after end {last}")
    if first < 0 or last > length:
        raise ValueError(f"span {first} to {last} is outside the {of}, which has {length} characters; {hint}")
    return first, last


def _check_offset(value: object, name: str) -> int:
    # The offsets of a data frame are numpy integers.
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise TypeError(f"{name} must be an offset, an int, not {type(value).__name__}")
    return index(value)
