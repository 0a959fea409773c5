"""pandas: restore a Series of flat text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsnorm.errors import check_workers
from newsnorm.integrations.columns import RestoreKeywords, check_keywords, require, restore_values, wrong_type

if TYPE_CHECKING:
    from typing import Unpack

    import pandas as pd


def restore(series: pd.Series, /, *, workers: int = 1, **options: Unpack[RestoreKeywords]) -> pd.Series:
    """
    Restore a Series of flat text.

        >>> import pandas as pd
        >>> from newsnorm.integrations.pandas import restore
        >>> flat = pd.Series(["the rebels left yemen on friday", None], index=["a", "b"], dtype="object")
        >>> restore(flat).to_dict()
        {'a': 'The rebels left Yemen on Friday.', 'b': None}

    Args:
        series: Strings and nulls, of any string dtype of pandas (``object``, ``str``, ``string``, Arrow's).
        workers: Number of processes, as for `newsnorm.restore_many`.
        options: The keyword arguments of `newsnorm.restore`.

    Returns:
        A new Series with the same index, name and dtype; nulls are unchanged.

    Raises:
        ColumnError: The Series contains anything other than text.
        TypeError, ValueError, DataError: As for `newsnorm.restore_many`.

    Cost: as for `newsnorm.restore_many`; memory for two copies of the Series.

    .. versionadded:: 0.1
    """
    with require("pandas"):
        import pandas as pd
    if not isinstance(series, pd.Series):
        raise TypeError(f"restore takes a Series such as frame['text'], not {type(series).__name__}")
    chosen, model = check_keywords(**options)
    check_workers(workers)
    name = str(series.name)
    cure = "give the column with the text, or make it text with .astype('string')"
    is_text = series.dtype == object or pd.api.types.is_string_dtype(series.dtype)
    there = series.notna().to_numpy(dtype=bool)
    # A column of nulls can have any dtype: pandas reads it from CSV as float64.
    if not is_text and there.any():
        raise wrong_type(name, series.dtype, cure)
    values = series.array.copy()
    if is_text:
        values[there] = pd.array(
            list(restore_values(values[there], name, cure, chosen, model, workers)), dtype=series.dtype
        )
    return pd.Series(values, index=series.index, name=series.name, dtype=series.dtype).__finalize__(series)
