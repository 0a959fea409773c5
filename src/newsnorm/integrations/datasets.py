"""Hugging Face datasets: a function for ``dataset.map`` that restores a column."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from newsnorm.errors import ColumnError
from newsnorm.integrations import columns
from newsnorm.options import Options

if TYPE_CHECKING:
    from typing import Unpack

    from newsnorm.integrations.columns import RestoreKeywords
    from newsnorm.model import ModelLike


@frozen
class Restore:
    """
    The function that `restore` returns: called with a batch, it returns the restored column.

    ``map`` caches results under a fingerprint of the pickled function. So this object contains everything on which
    the results depend (options, version, checksum of the model), as plain values in a fixed order.
    """

    column: str
    into: str
    options: Options
    model: ModelLike
    version: str
    checksum: str | None

    def __call__(self, batch: Mapping[str, Sequence[object]]) -> dict[str, list[str | None]]:
        """Restore the column of one batch."""
        from newsnorm.model import load

        columns.check_name(self.column, list(batch))
        columns.check_into(self.into, self.column, list(batch))
        values = batch[self.column]
        if isinstance(values, str):
            raise ColumnError(f"column {self.column!r} is a single text, not a batch: give batched=True to map")
        scorer = load(self.model, threads=1 if _is_worker() else None)
        cure = "give the column with the text, or make it text with dataset.cast_column"
        return {self.into: list(columns.restore_values(values, self.column, cure, self.options, scorer))}


def restore(column: str, /, *, into: str | None = None, **options: Unpack[RestoreKeywords]) -> Restore:
    """
    Return a function for ``map`` that restores a column of flat text.

        >>> import datasets
        >>> from newsnorm.integrations.datasets import restore
        >>> dataset = datasets.Dataset.from_dict({"text": ["the rebels left yemen on friday", None]})
        >>> dataset.map(restore("text", into="restored"), batched=True)["restored"][:]
        ['The rebels left Yemen on Friday.', None]

    Args:
        column: Name of the column of flat text. Nulls stay null.
        into: Name of the new column; by default the text is replaced.
        options: The keyword arguments of `newsnorm.restore`.

    Returns:
        A function for ``dataset.map(..., batched=True)`` of a ``Dataset``, an ``IterableDataset`` or a ``DatasetDict``.
        Its fingerprint depends only on options, version and model. With ``num_proc``, each process uses one core;
        otherwise all cores are used.

    Raises:
        ColumnError: When the function is called: there is no such column, it contains anything other than text, or
            *into* is the name of another column.
        TypeError, ValueError, DataError: As for `newsnorm.restore`.

    Cost: 50 ms for the model's checksum; then as for `newsnorm.restore_many`.

    .. versionadded:: 0.1
    """
    from newsnorm.model import PACKAGED, checksum

    chosen, model = columns.check_keywords(**options)
    folder = PACKAGED if model is None else model
    digest = checksum(Path(folder)) if isinstance(folder, (str, os.PathLike)) else None
    return Restore(column, column if into is None else into, chosen, model, version("newsnorm"), digest)


def _is_worker() -> bool:
    """Return whether this is one of the processes started by ``num_proc``, which share the cores."""
    with columns.require("datasets"):
        # datasets uses it instead of the standard library's multiprocessing.
        from multiprocess import parent_process
    return parent_process() is not None
