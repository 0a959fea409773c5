"""Tables in files, Parquet and JSON Lines: one column is restored, and all the rest stays as it is.

A table may be larger than memory: it is read and written a row group, or a line, at a time. The result is put in its
place whole or not at all.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice, tee
from typing import TYPE_CHECKING, Any, NamedTuple

from newsnorm.errors import TextError, check_workers
from newsnorm.files import jsonl
from newsnorm.folders.results import Part
from newsnorm.integrations.columns import (
    RestoreKeywords,
    check_into,
    check_keywords,
    check_name,
    needed,
    restore_values,
    wrong_type,
)
from newsnorm.options import Options

if TYPE_CHECKING:
    from typing import Unpack

    from pyarrow import DataType, Schema, Table
    from pyarrow.parquet import ParquetFile

    from newsnorm.model import ModelLike

_CURE = "give the column with the text"
#: Rows of a row group whose texts are made at once.
_ROWS = 1_000


class _Task(NamedTuple):
    column: str
    into: str
    options: Options
    model: ModelLike
    workers: int

    def restore(self, values: Iterable[object]) -> Iterator[str | None]:
        return restore_values(values, self.column, _CURE, self.options, self.model, self.workers)


def restore(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    column: str,
    /,
    *,
    into: str | None = None,
    workers: int = 1,
    **options: Unpack[RestoreKeywords],
) -> int:
    """
    Restore a column of flat text in a file: Parquet (``.parquet``) or JSON Lines (``.jsonl``, ``.ndjson``).

    Args:
        source: The file; its name says what it is.
        out: Where the result goes, a file of the same kind. What stood there is replaced when all is done, and stays as
            it is if anything fails.
        column: Name of the column, in JSON Lines of the field, of flat text. Nulls stay null, and so does a field that
            a line lacks.
        into: Name of the new column, which comes last; without it the text is replaced.
        workers: Processes that share the work, as for `newsnorm.restore_many`.
        options: ``kinds``, ``threshold``, ``quotes``, ``paragraphs``, ``consistent`` and ``model``, as for
            `newsnorm.restore`.

    Returns:
        How many rows there are.

    Raises:
        ColumnError: There is no such column, it holds no text, or *into* is the name of another column.
        TextError: The file is damaged, or not what its name says.
        ValueError: The names do not say what the files are, or say different things, or name one file twice.
        OSError: A file cannot be read or written.

    Cost: as for `newsnorm.restore_many`; memory for two row groups, or a few dozen lines.

    .. versionadded:: 0.1
    """
    source, out = os.fspath(source), os.fspath(out)
    work = _kind(source)
    if _kind(out) is not work:
        raise ValueError(f"{source} and {out} are files of different kinds: give both the same ending")
    if os.path.realpath(source) == os.path.realpath(out):
        raise ValueError(f"{out} would overwrite its source: give the result another name")
    chosen, model = check_keywords(**options)
    task = _Task(column, column if into is None else into, chosen, model, check_workers(workers))
    with _put_in_place(source, out) as part:
        return work(source, part, task)


def _kind(path: str) -> Callable[[str, Part, _Task], int]:
    ending = os.path.splitext(path)[1].lower()
    kinds = {".parquet": _restore_parquet, ".jsonl": _restore_json_lines, ".ndjson": _restore_json_lines}
    if ending not in kinds:
        raise ValueError(f"the ending of {path} names no kind of table: give one of {', '.join(kinds)}")
    return kinds[ending]


@contextmanager
def _put_in_place(source: str, out: str) -> Iterator[Part]:
    """Write a file under a name that nobody knows, and move it to its own when all of it is there."""
    mode, folder = os.stat(source).st_mode, os.path.dirname(os.path.abspath(out))
    if not os.path.isdir(folder):
        raise NotADirectoryError(errno.ENOTDIR, "there is no such folder for the result: make it first", folder)
    part = Part(folder)
    try:
        yield part
        umask = os.umask(0)
        os.umask(umask)
        # As `cp` does: whoever may not read the source may not read its result.
        part.move_to(out, (mode | 0o600) & 0o666 & ~umask)
    except BaseException:
        part.discard()
        raise


# --- Parquet ----------------------------------------------------------------------------------------------------------


def _restore_parquet(source: str, part: Part, task: _Task) -> int:
    with needed("parquet"):
        import pyarrow as pa
        from pyarrow import parquet
    try:
        with parquet.ParquetFile(source) as file:
            given = _text_type(file.schema_arrow, task)
            schema = file.schema_arrow
            if task.into != task.column:
                schema = schema.append(pa.field(task.into, given))
            with parquet.ParquetWriter(_Sink(part), schema, compression=_compression(file, task)) as writer:
                groups = (file.read_row_group(number) for number in range(file.num_row_groups))
                for group in _restored(groups, given, task):
                    writer.write_table(group.cast(schema), row_group_size=max(1, group.num_rows))
            return int(file.metadata.num_rows)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise TextError(f"it is not Parquet, or damaged: {error}") from error


def _text_type(schema: Schema, task: _Task) -> DataType:
    """Check the columns, and return the type of that with the text."""
    from pyarrow import types

    check_name(task.column, schema.names)
    check_into(task.into, task.column, schema.names)
    given = schema.field(task.column).type
    if not (types.is_string(given) or types.is_large_string(given) or types.is_null(given)):
        raise wrong_type(task.column, given, f"{_CURE}, or write it as strings")
    return given


def _restored(groups: Iterable[Table], given: DataType, task: _Task) -> Iterator[Table]:
    from pyarrow import array

    mine, theirs = tee(groups)
    values = (
        value
        for group in theirs
        for batch in group.select([task.column]).to_batches(_ROWS)
        for value in batch.column(0).to_pylist()
    )
    restored = task.restore(values)
    for group in mine:
        texts = array(islice(restored, group.num_rows), given)
        if task.into == task.column:
            yield group.set_column(group.schema.get_field_index(task.column), group.schema.field(task.column), texts)
        else:
            yield group.append_column(task.into, texts)


def _compression(file: ParquetFile, task: _Task) -> dict[str, str]:
    """Find how each column is compressed, so that it can be so again."""
    if not file.num_row_groups:
        return {}
    group = file.metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    found = {one.path_in_schema: one.compression.lower().removesuffix("_raw") for one in columns}
    found = {path: "none" if codec == "uncompressed" else codec for path, codec in found.items()}
    return {**found, task.into: found[task.column]}


class _Sink:
    """A part of a result, as pyarrow wants the files that it writes to."""

    closed = False

    def __init__(self, part: Part) -> None:
        self._part, self._at = part, 0

    def write(self, data: Any) -> int:
        data = bytes(data)
        self._part.write(data)
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Nothing: the part is flushed when it is moved."""

    def close(self) -> None:
        """Nothing: who made the part closes it."""


# --- JSON Lines -------------------------------------------------------------------------------------------------------


def _restore_json_lines(source: str, part: Part, task: _Task) -> int:
    rows, seen, first = 0, False, None
    mine, theirs = tee(_records(source))
    values = (record.get(task.column) for record in theirs)
    restored = task.restore(values)
    for record in mine:
        text = next(restored)
        rows, first = rows + 1, record if first is None else first
        if task.column in record:
            seen = True
            check_into(task.into, task.column, record)
            record[task.into] = text
        part.write(jsonl.write(record).encode())
    if first is not None and not seen:
        check_name(task.column, first)
    return rows


def _records(source: str) -> Iterator[dict[str, Any]]:
    # Not by pyarrow's reader, which takes text that looks like a date for one, and wants all lines to have one form.
    with open(source, "rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                text = line.rstrip().decode("utf-8-sig" if number == 1 else "utf-8")
                record = json.loads(text, parse_float=jsonl.finite)
            except (ValueError, RecursionError) as error:
                raise TextError(f"line {number} is not JSON in UTF-8: {error}") from error
            if not isinstance(record, dict):
                raise TextError(f"line {number} is not an object, {{…}}, but {type(record).__name__}")
            yield record
