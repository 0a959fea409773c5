"""Table files: restore one column of Parquet or JSON Lines, and keep the rest unchanged.

A table may be larger than memory: it is read and written one row group, or one line, at a time. The result is written
completely or not at all.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice, tee
from typing import TYPE_CHECKING, Any, NamedTuple

from newsnorm.errors import TextError, check_workers
from newsnorm.files import jsonl
from newsnorm.files.atomic import Part
from newsnorm.integrations import columns
from newsnorm.options import Options

if TYPE_CHECKING:
    from typing import Unpack

    from pyarrow import DataType, Schema, Table
    from pyarrow.parquet import ParquetFile

    from newsnorm.integrations.columns import RestoreKeywords
    from newsnorm.model import ModelLike

_CURE = "give the column with the text"
#: Rows of a row group that are converted to Python at a time.
_ROWS = 1_000


class _Task(NamedTuple):
    column: str
    into: str
    options: Options
    model: ModelLike
    workers: int

    def restore(self, values: Iterable[object]) -> Iterator[str | None]:
        return columns.restore_values(values, self.column, _CURE, self.options, self.model, self.workers)


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
        source: The file; its suffix determines its format.
        out: The result, a file of the same format. An existing file is replaced at the end, or kept on an error.
        column: Name of the column of flat text, or of the field in JSON Lines. Nulls stay null, and a line without the
            field stays unchanged.
        into: Name of the new column, which comes last; by default the text is replaced.
        workers: Number of processes, as for `newsnorm.restore_many`.
        options: The keyword arguments of `newsnorm.restore`.

    Returns:
        The number of rows.

    Raises:
        ColumnError: There is no such column, it does not contain text, or *into* is the name of another column.
        TextError: The file is damaged, or not of the format of its suffix.
        ValueError: A suffix is unknown, the suffixes differ, or *out* is *source*.
        OSError: A file cannot be read or written.

    Cost: as for `newsnorm.restore_many`; memory for two row groups, or a few dozen lines.

    .. versionadded:: 0.1
    """
    source, out = os.fspath(source), os.fspath(out)
    work = _format(source)
    if _format(out) is not work:
        raise ValueError(f"{source} and {out} have different formats: give both the same suffix")
    if os.path.realpath(source) == os.path.realpath(out):
        raise ValueError(f"{out} would overwrite its source: give the result another name")
    chosen, model = columns.check_keywords(**options)
    task = _Task(column, column if into is None else into, chosen, model, check_workers(workers))
    with _put_in_place(source, out) as part:
        return work(source, part, task)


def _format(path: str) -> Callable[[str, Part, _Task], int]:
    suffix = os.path.splitext(path)[1].lower()
    formats = {".parquet": _restore_parquet, **dict.fromkeys(jsonl.SUFFIXES, _restore_json_lines)}
    if suffix not in formats:
        raise ValueError(f"the suffix of {path} is not that of a table: use one of {', '.join(formats)}")
    return formats[suffix]


@contextmanager
def _put_in_place(source: str, out: str) -> Iterator[Part]:
    """Write a file under a temporary name, and rename it once it is complete."""
    mode, folder = os.stat(source).st_mode, os.path.dirname(os.path.abspath(out))
    if not os.path.isdir(folder):
        raise NotADirectoryError(errno.ENOTDIR, "no such folder for the result: create it first", folder)
    part = Part(folder)
    try:
        yield part
        part.move_to(out, mode)
    except BaseException:
        part.discard()
        raise


# --- Parquet ----------------------------------------------------------------------------------------------------------


def _restore_parquet(source: str, part: Part, task: _Task) -> int:
    with columns.require("parquet"):
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
        raise TextError(f"not Parquet, or damaged: {error}") from error


def _text_type(schema: Schema, task: _Task) -> DataType:
    """Check the columns; return the type of the text column."""
    from pyarrow import types

    columns.check_name(task.column, schema.names)
    columns.check_into(task.into, task.column, schema.names)
    given = schema.field(task.column).type
    if not (types.is_string(given) or types.is_large_string(given) or types.is_null(given)):
        raise columns.wrong_type(task.column, given, f"{_CURE}, or write it as strings")
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
    """Return the compression of each column."""
    if not file.num_row_groups:
        return {}
    group = file.metadata.row_group(0)
    chunks = [group.column(number) for number in range(group.num_columns)]
    found = {one.path_in_schema: one.compression.lower().removesuffix("_raw") for one in chunks}
    found = {path: "none" if codec == "uncompressed" else codec for path, codec in found.items()}
    return {**found, task.into: found[task.column]}


class _Sink(io.RawIOBase):
    """A part of a result, as a file object for pyarrow. Closing it leaves the part open."""

    def __init__(self, part: Part) -> None:
        self._part, self._at = part, 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        data = bytes(data)
        self._part.write(data)
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at


# --- JSON Lines -------------------------------------------------------------------------------------------------------


def _restore_json_lines(source: str, part: Part, task: _Task) -> int:
    rows, seen, first = 0, False, None
    for record, text in jsonl.paired(_records(source), lambda record: record.get(task.column), task.restore):
        rows, first = rows + 1, record if first is None else first
        if task.column in record:
            seen = True
            columns.check_into(task.into, task.column, record)
            record[task.into] = text
        part.write(jsonl.write(record).encode())
    if first is not None and not seen:
        columns.check_name(task.column, first)
    return rows


def _records(source: str) -> Iterator[jsonl.Record]:
    # Not with pyarrow's reader, which converts texts that look like dates and requires the same fields in all lines.
    with open(source, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                if text := line.decode("utf-8-sig").strip():
                    yield jsonl.parse_line(text)
            except UnicodeDecodeError as error:
                raise TextError(f"line {number} is not UTF-8: {error}") from error
            except TextError as error:
                raise TextError(f"line {number} {error}") from None
