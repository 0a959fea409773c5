"""What the integrations share: their options, columns with nulls in them, and errors that name the column."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import tee
from typing import TYPE_CHECKING, Any, TypedDict

from newsnorm.api import restore_many
from newsnorm.errors import ColumnError

if TYPE_CHECKING:
    from newsnorm.api import ModelLike
    from newsnorm.kinds import Kind, QuoteStyle


class Options(TypedDict, total=False):
    """How to restore: the options of `newsnorm.restore`, which mean the same everywhere."""

    kinds: Collection[Kind] | None
    threshold: float
    quotes: QuoteStyle
    paragraphs: bool
    consistent: bool
    model: ModelLike


def check_options(options: Mapping[str, Any]) -> None:
    """Raise `TypeError` or `ValueError` for options that `newsnorm.restore` does not have, before an engine starts."""
    if "workers" in options:
        raise TypeError("there is no option workers here: the engine that holds the column shares the work out")
    restore_many([], **options)


@contextmanager
def needed(extra: str) -> Iterator[None]:
    """Say how to get a library whose import fails: on a cluster it may be one machine of many that lacks it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error.name} is not installed for {sys.executable} on {platform.node()}: "
            f"install it there with pip install 'newsnorm[{extra}]'",
            name=error.name,
        ) from error


def check_name(column: str, columns: Collection[str]) -> None:
    """Raise `ColumnError` unless there is such a column."""
    if column not in columns:
        there = f"the columns are {', '.join(map(repr, columns))}" if columns else "there are no columns"
        raise ColumnError(f"there is no column {column!r}: {there}; give one that holds text")


def check_into(into: str, column: str, columns: Collection[str]) -> None:
    """Raise `ColumnError` if the results would replace another column than the one they are made of."""
    if into != column and into in columns:
        raise ColumnError(
            f"there is a column {into!r} already: give another name to into, or leave into out to replace {column!r}"
        )


def wrong_type(column: str, found: object, cure: str) -> ColumnError:
    """Make the error for a column that holds something else than text."""
    return ColumnError(f"column {column!r} holds {found}, not text: {cure}")


def restore_values(
    values: Iterable[object], column: str, cure: str, options: Mapping[str, Any]
) -> Iterator[str | None]:
    """
    Restore the texts of a column, in their order; ``None`` stays where it is.

        >>> list(restore_values(["iraq s parliament", None], "text", "give text", {"kinds": ["contractions"]}))
        ["iraq's parliament", None]

    Args:
        values: Texts and nulls; read as they are needed, a few dozen windows ahead.
        column: Name of the column, for errors.
        cure: What to do about a value that is no text.
        options: Those of `newsnorm.restore_many`.

    Raises:
        ColumnError: A value is neither.
    """
    mine, theirs = tee(values)
    restored = restore_many(_texts(theirs, column, cure), **options)
    # The other branch of the tee is always ahead of this one, because it is asked for the text first.
    for value in mine:
        yield None if value is None else next(restored)


def _texts(values: Iterable[object], column: str, cure: str) -> Iterator[str]:
    for row, value in enumerate(values):
        if isinstance(value, str):
            yield value
        elif value is not None:
            raise wrong_type(column, f"{type(value).__name__} in row {row}", cure)


def processes_for(threads: int = 1) -> int:
    """Count the processes among which `newsnorm.model.load` has to share the cores to leave *threads* for this one."""
    return max(1, (os.cpu_count() or 1) // threads)
