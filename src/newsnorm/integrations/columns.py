"""What the integrations share: their options, columns with nulls in them, and errors that name the column."""

from __future__ import annotations

import platform
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import tee
from typing import TYPE_CHECKING

from newsnorm.errors import ColumnError
from newsnorm.options import Keywords, Options
from newsnorm.processes import restore_texts

if TYPE_CHECKING:
    from typing import Unpack

    from newsnorm.model import ModelLike


class RestoreKeywords(Keywords, total=False):
    """The keyword arguments of `newsnorm.restore`, which mean the same in every integration."""

    model: ModelLike


def check_keywords(*, model: ModelLike = None, **keywords: Unpack[Keywords]) -> tuple[Options, ModelLike]:
    """Return the options and the model, or raise `TypeError` or `ValueError` before an engine starts."""
    if "workers" in keywords:
        raise TypeError("there is no option workers here: the engine that holds the column distributes the work")
    return Options.checked(**keywords), model


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
    """Raise `ColumnError` if the results would replace a column other than their source."""
    if into != column and into in columns:
        raise ColumnError(
            f"there is a column {into!r} already: give another name to into, or leave into out to replace {column!r}"
        )


def wrong_type(column: str, found: object, cure: str) -> ColumnError:
    """Make the error for a column that contains anything other than text."""
    return ColumnError(f"column {column!r} holds {found}, not text: {cure}")


def restore_values(
    values: Iterable[object],
    column: str,
    cure: str,
    options: Options,
    model: ModelLike = None,
    workers: int = 1,
) -> Iterator[str | None]:
    """
    Restore the texts of a column, in their order; ``None`` stays where it is.

        >>> list(restore_values(["iraq s parliament", None], "text", "give text", Options(kinds=("contractions",))))
        ["iraq's parliament", None]

    Args:
        values: Texts and nulls; read as they are needed, a few dozen windows ahead.
        column: Name of the column, for errors.
        cure: What to do about a value that is not text.
        options: How to restore.
        model: Folder of a model, or a loaded model.
        workers: Processes that share the work.

    Raises:
        ColumnError: A value is neither.
    """
    mine, theirs = tee(values)
    restored = restore_texts(_texts(theirs, column, cure), options, model, workers)
    # The other branch of the tee is always ahead of this one, because the text is read there first.
    for value in mine:
        yield None if value is None else next(restored)


def _texts(values: Iterable[object], column: str, cure: str) -> Iterator[str]:
    for row, value in enumerate(values):
        if isinstance(value, str):
            yield value
        elif value is not None:
            raise wrong_type(column, f"{type(value).__name__} in row {row}", cure)
