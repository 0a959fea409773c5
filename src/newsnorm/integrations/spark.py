"""Apache Spark: restore a column of a DataFrame on Spark's own workers, in Arrow batches.

Spark starts one worker per available core. Each loads the model once, and uses as many threads as its task has cores
(``spark.task.cpus``, one by default). A worker needs the wheel of newsnorm, which contains the model, alongside pyspark
and pyarrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from newsnorm.integrations import columns

if TYPE_CHECKING:
    from typing import Unpack

    from pyarrow import RecordBatch
    from pyspark.sql import DataFrame

    from newsnorm.integrations.columns import RestoreKeywords
    from newsnorm.model import ModelLike
    from newsnorm.options import Options


def restore(
    frame: DataFrame, column: str, /, *, into: str | None = None, **options: Unpack[RestoreKeywords]
) -> DataFrame:
    """
    Restore a column of flat text.

    .. code-block:: python

       restored = newsnorm.integrations.spark.restore(frame, "text", into="restored")

    Args:
        frame: Any DataFrame, batch or streaming, classic or of Spark Connect.
        column: Name of the column of flat text. Nulls stay null.
        into: Name of the new column; by default the text is replaced.
        options: The keyword arguments of `newsnorm.restore`. A *model* is a folder that every worker can read.

    Returns:
        A DataFrame with the same rows and columns in the same order, and the new column at the end. It is computed
        lazily. All columns pass through the workers, so drop unneeded columns first.

    Raises:
        ColumnError: There is no such column, it does not contain text, or *into* is the name of another column.
        TypeError, ValueError: As for `newsnorm.restore`.

    Cost: as for `newsnorm.restore` on one core, per worker; a worker starts in a second and needs 220 MB.

    .. versionadded:: 0.1
    """
    with columns.require("spark"):
        from pyspark.sql.types import StringType, StructField, StructType
    chosen, model = columns.check_keywords(**options)
    schema, target = frame.schema, column if into is None else into
    columns.check_name(column, schema.names)
    columns.check_into(target, column, schema.names)
    given = schema[column].dataType
    if not isinstance(given, StringType):
        cure = f"give the column with the text, or make it text with col({column!r}).cast('string')"
        raise columns.wrong_type(column, given.simpleString(), cure)
    if target != column:
        schema = StructType([*schema.fields, StructField(target, StringType())])

    # mapInArrow, not a function of one column: Spark may evaluate that twice per row, for a filter on the result
    # and for the result itself.
    return frame.mapInArrow(_on_worker(column, target, chosen, model), schema)


def _on_worker(column: str, target: str, options: Options, model: ModelLike) -> Any:
    plain = options._asdict()

    # Spark sends a nested function by value, but a module's function by name. So this one can report a machine without
    # newsnorm; it must not refer to globals.
    def restore_here(batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        try:
            from newsnorm.integrations.spark import restore_batches
            from newsnorm.options import Options
        except ImportError as error:
            import platform
            import sys

            raise ImportError(
                f"a Spark worker cannot import newsnorm ({error}) for {sys.executable} on {platform.node()}: "
                "install the same version of the newsnorm wheel there"
            ) from error
        return restore_batches(batches, column, target, Options(**plain), model)

    return restore_here


def restore_batches(
    batches: Iterable[RecordBatch], column: str, target: str, options: Options, model: ModelLike
) -> Iterator[RecordBatch]:
    """Restore a column of Arrow batches on a worker, with one thread per core of its task."""
    from pyarrow import RecordBatch, array
    from pyspark import TaskContext

    from newsnorm.model import load

    context = TaskContext.get()
    scorer = load(model, threads=context.cpus() if context else 1)
    for batch in batches:
        texts = batch.column(column)
        restored = columns.restore_values(texts.to_pylist(), column, "give text", options, scorer)
        arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
        arrays[target] = array(restored, texts.type)
        yield RecordBatch.from_arrays(list(arrays.values()), list(arrays))
