"""polars: restore an expression or a Series of flat text."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from newsnorm.integrations.columns import RestoreKeywords, check_keywords, require, restore_values, wrong_type
from newsnorm.options import Options

if TYPE_CHECKING:
    from typing import Unpack

    import polars as pl

    from newsnorm.model import ModelLike

Column = TypeVar("Column", "pl.Expr", "pl.Series")


def restore(column: Column, /, **options: Unpack[RestoreKeywords]) -> Column:
    """
    Restore an expression or a Series of flat text.

        >>> import polars as pl
        >>> from newsnorm.integrations.polars import restore
        >>> frame = pl.LazyFrame({"text": ["the rebels left yemen on friday", None]})
        >>> frame.with_columns(restore(pl.col("text"))).collect().to_dict(as_series=False)
        {'text': ['The rebels left Yemen on Friday.', None]}

    Args:
        column: ``pl.col("text")``, another expression of strings, or a Series. Nulls stay null.
        options: The keyword arguments of `newsnorm.restore`.

    Returns:
        An expression for an expression, a Series for a Series; of strings, with the same name. The expression is
        elementwise, so lazy frames and the streaming engine can pass it the column in batches.

    Raises:
        ColumnError: The column contains anything other than text; from an expression, when the frame is collected.
        TypeError, ValueError, DataError: As for `newsnorm.restore`.

    Cost: as for `newsnorm.restore_many`.

    .. versionadded:: 0.1
    """
    with require("polars"):
        import polars as pl
    chosen, model = check_keywords(**options)
    if isinstance(column, pl.Series):
        return _restore(column, chosen, model)
    if isinstance(column, pl.Expr):
        return column.map_batches(
            partial(_restore, options=chosen, model=model), return_dtype=pl.String, is_elementwise=True
        )
    raise TypeError(f"restore takes an expression such as pl.col('text'), or a Series, not {type(column).__name__}")


def _restore(series: pl.Series, options: Options, model: ModelLike) -> pl.Series:
    import polars as pl

    cure = "give the column with the text, or make it text with .cast(pl.String)"
    # A column of nulls has its own dtype.
    if series.dtype not in (pl.String, pl.Null):
        raise wrong_type(series.name, series.dtype, cure)
    return pl.Series(series.name, list(restore_values(series, series.name, cure, options, model)), dtype=pl.String)
