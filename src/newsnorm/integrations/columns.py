"""The shared part of the integrations: options, columns with nulls, and errors that name the column."""

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
def require(extra: str) -> Iterator[None]:
    """Explain how to install a library whose import fails, and where: on a cluster, a single machine may lack it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error.name} is not installed for {sys.executable} on {platform.node()}: "
            f"install it there with pip install 'newsnorm[{extra}]'",
            name=error.name,
        ) from error


def check_name(column: str, columns: Collection[str]) -> None:
    """Raise `ColumnError` unless *columns* contains *column*."""
    if column not in columns:
        there = f"the columns are {', '.join(map(repr, columns))}" if columns else "there are no columns"
        raise ColumnError(f"there is no column {column!r}: {there}; give one that holds text")


def check_into(into: str, column: str, columns: Collection[str]) -> None:
    """Raise `ColumnError` if the results would replace a column other than their source."""
    if into != column and into in columns:
        raise ColumnError(f"there is a column {into!r} already: rename into, or omit it to replace {column!r}")


def wrong_type(column: str, found: object, cure: str) -> ColumnError:
    """Return the error for a column that contains anything other than text."""
    return ColumnError(f"column {column!r} holds {found}, not text: {cure}")


def restore_values(
    values: Iterable[object], column: str, cure: str, options: Options, model: ModelLike = None, workers: int = 1
) -> Iterator[str | None]:
    """
    Restore the texts of a column in order, reading a few dozen windows ahead. ``None`` stays ``None``.

        >>> list(restore_values(["iraq s parliament", None], "text", "give text", Options(kinds=("contractions",))))
        ["iraq's parliament", None]

    Raises:
        ColumnError: A value is neither a text nor a null. The message names the *column* and the *cure*.
    """
    mine, theirs = tee(values)
    restored = restore_texts(_texts(theirs, column, cure), options, model, workers)
    for value in mine:
        yield None if value is None else next(restored)


def _texts(values: Iterable[object], column: str, cure: str) -> Iterator[str]:
    for row, value in enumerate(values):
        if isinstance(value, str):
            yield value
        elif value is not None:
            raise wrong_type(column, f"{type(value).__name__} in row {row}", cure)
