"""Apache Spark: a column of a DataFrame, restored by Spark's own workers on batches of Arrow.

Spark starts as many workers as it has cores to give. Each loads the model once, keeps it for all its batches, and uses
as many threads as its task has cores, one unless ``spark.task.cpus`` says otherwise. What a worker needs is the wheel
of newsnorm, with the model in it, beside the pyspark and pyarrow that it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from newsnorm.integrations.columns import (
    RestoreKeywords,
    check_into,
    check_keywords,
    check_name,
    needed,
    restore_values,
    wrong_type,
)

if TYPE_CHECKING:
    from typing import Unpack

    from pyarrow import RecordBatch
    from pyspark.sql import DataFrame

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
        into: Name of the new column; without it the text is replaced.
        options: ``kinds``, ``threshold``, ``quotes``, ``paragraphs``, ``consistent`` and ``model``, as for
            `newsnorm.restore`.
            A *model* is the path of a folder that every worker can read.

    Returns:
        A DataFrame with the same rows and columns, in their order, and the new one at the end. Nothing is restored
        until Spark needs it. All columns pass through the workers, so leave out what is not needed before.

    Raises:
        ColumnError: There is no such column, it holds no text, or *into* is the name of another column.
        TypeError, ValueError: As for `newsnorm.restore`.

    Cost: as for `newsnorm.restore` on one core, for each core; a worker starts in a second and takes 220 MB.

    .. versionadded:: 0.1
    """
    with needed("spark"):
        from pyspark.sql.types import StringType, StructField, StructType
    chosen, model = check_keywords(**options)
    schema, target = frame.schema, column if into is None else into
    check_name(column, schema.names)
    check_into(target, column, schema.names)
    given = schema[column].dataType
    if not isinstance(given, StringType):
        cure = f"give the column with the text, or make it text with col({column!r}).cast('string')"
        raise wrong_type(column, given.simpleString(), cure)
    if target != column:
        schema = StructType([*schema.fields, StructField(target, StringType())])

    # mapInArrow and not a function of one column: Spark may call that more than once for a row, for a filter on the
    # result and for the result itself, and reading a text twice is the dearest thing that could happen here.
    return frame.mapInArrow(_on_worker(column, target, chosen, model), schema)


def _on_worker(column: str, target: str, options: Options, model: ModelLike) -> Any:
    plain = options._asdict()

    # A function within a function is sent whole, one of a module by its name. So this one can still speak on a machine
    # that has no newsnorm; nothing outside it may be named in it.
    def restore_here(batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        try:
            from newsnorm.integrations.spark import restore_batches
            from newsnorm.options import Options
        except ImportError as error:
            import platform
            import sys

            raise ImportError(
                f"a worker of Spark cannot import newsnorm ({error}), for {sys.executable} on {platform.node()}: "
                "install the wheel of newsnorm there, the same version as here"
            ) from error
        return restore_batches(batches, column, target, Options(**plain), model)

    return restore_here


def restore_batches(
    batches: Iterable[RecordBatch], column: str, target: str, options: Options, model: ModelLike
) -> Iterator[RecordBatch]:
    """Restore a column of Arrow batches, as a worker does: batch by batch, with the threads that its task has."""
    from pyarrow import RecordBatch, array
    from pyspark import TaskContext

    from newsnorm.model import load

    context = TaskContext.get()
    scorer = load(model, threads=context.cpus() if context else 1)
    for batch in batches:
        texts = batch.column(column)
        restored = restore_values(texts.to_pylist(), column, "give text", options, scorer)
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        columns[target] = array(restored, texts.type)
        yield RecordBatch.from_arrays(list(columns.values()), list(columns))
