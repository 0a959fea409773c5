"""Hugging Face datasets: a function for ``dataset.map`` that restores a column."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from newsnorm.errors import ColumnError
from newsnorm.integrations.columns import (
    RestoreKeywords,
    check_into,
    check_keywords,
    check_name,
    needed,
    restore_values,
)
from newsnorm.options import Options

if TYPE_CHECKING:
    from typing import Unpack

    from newsnorm.model import ModelLike


@frozen
class Restore:
    """
    What `restore` returns: called with a batch, it returns the restored column.

    ``map`` caches results under a fingerprint of its pickle. So it holds plain values, in the same order in every
    process, and everything that the results depend on: options, version, the checksum of the model.
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

        check_name(self.column, list(batch))
        check_into(self.into, self.column, list(batch))
        values = batch[self.column]
        if isinstance(values, str):
            raise ColumnError(f"column {self.column!r} came as one text, not as a batch: give batched=True to map")
        scorer = load(self.model, threads=1 if _is_worker() else None)
        cure = "give the column with the text, or make it text with dataset.cast_column"
        return {self.into: list(restore_values(values, self.column, cure, self.options, scorer))}


def restore(column: str, /, *, into: str | None = None, **options: Unpack[RestoreKeywords]) -> Restore:
    """
    Make a function that restores a column of flat text, for ``map``.

        >>> import datasets
        >>> from newsnorm.integrations.datasets import restore
        >>> dataset = datasets.Dataset.from_dict({"text": ["the rebels left yemen on friday", None]})
        >>> dataset.map(restore("text", into="restored"), batched=True)["restored"][:]
        ['The rebels left Yemen on Friday.', None]

    Args:
        column: Name of the column of flat text. Nulls stay null.
        into: Name of the new column; without it the text is replaced.
        options: ``kinds``, ``threshold``, ``quotes``, ``paragraphs``, ``consistent`` and ``model``, as for
            `newsnorm.restore`.

    Returns:
        A function to be given to ``dataset.map(..., batched=True)``, of a ``Dataset``, an ``IterableDataset`` or
        a ``DatasetDict``. Its fingerprint is the same in every process, as long as options, version and model are. With
        ``num_proc`` each process uses one core; without, all cores are used.

    Raises:
        ColumnError: When it is called: there is no such column, it holds something else than text, or *into* is the
            name of another column.
        TypeError, ValueError, DataError: As for `newsnorm.restore`.

    Cost: 50 ms for the model's checksum; then as for `newsnorm.restore_many`.

    .. versionadded:: 0.1
    """
    from newsnorm.model import PACKAGED, checksum

    chosen, model = check_keywords(**options)
    folder = PACKAGED if model is None else model
    digest = checksum(Path(folder)) if isinstance(folder, (str, os.PathLike)) else None
    return Restore(column, column if into is None else into, chosen, model, version("newsnorm"), digest)


def _is_worker() -> bool:
    """Whether this is one of the processes that ``num_proc`` started, which share the cores."""
    with needed("datasets"):
        # What datasets uses in place of the standard library's.
        from multiprocess import parent_process
    return parent_process() is not None
