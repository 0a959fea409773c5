"""pandas: the text keeps its dtype, index, name and nulls."""

from __future__ import annotations

import doctest

import pytest
from strategies import OPTIONS

from newsnorm import ColumnError, restore_many
from newsnorm.integrations import pandas as integration

pytestmark = pytest.mark.pandas


@pytest.fixture(scope="module")
def pd():
    import pandas as pd

    return pd


def test_docstring_examples_hold():
    found = doctest.testmod(integration)
    assert found.attempted
    assert not found.failed


@pytest.mark.pyarrow
@pytest.mark.parametrize("dtype", ["object", "string[python]", "string[pyarrow]", "arrow", "large_arrow", "str"])
def test_every_string_dtype_is_kept(pd, flat, restored, dtype):
    import pyarrow as pa

    if "arrow" in dtype and "string" not in dtype:
        dtype = pd.ArrowDtype(pa.large_string() if "large" in dtype else pa.string())
    series = pd.Series(flat, dtype=dtype, name="text", index=range(7, 7 + len(flat)))
    got = integration.restore(series)
    pd.testing.assert_series_equal(got, pd.Series(restored, dtype=series.dtype, name="text", index=series.index))
    assert list(series) == flat  # untouched


@pytest.mark.parametrize("dtype", ["object", "string[python]", "string[pyarrow]"])
def test_each_null_stays_the_same_null(pd, flat, restored, dtype):
    nulls = [None, float("nan"), pd.NA] if dtype == "object" else [pd.NA]
    series = pd.Series([flat[0], *nulls, flat[1]], dtype=dtype)
    got = list(integration.restore(series))
    assert [got[0], got[-1]] == restored[:2]
    assert all(one is other for one, other in zip(got[1:-1], nulls, strict=True))


def test_an_index_with_repeated_labels_keeps_the_order(pd, flat, restored):
    series = pd.Series([*flat[:3], None], index=["a", "a", "b", "a"], dtype="object")
    got = integration.restore(series)
    assert list(got.index) == ["a", "a", "b", "a"]
    assert list(got)[:3] == restored[:3]


def test_multilevel_names_and_attrs_are_kept(pd, flat):
    series = pd.Series(flat[:2], name=("wire", "text"))
    series.attrs["source"] = "agency"
    got = integration.restore(series)
    assert got.name == ("wire", "text")
    assert got.attrs == {"source": "agency"}


@pytest.mark.parametrize("dtype", ["object", "string", "str"])
def test_an_empty_series_stays_empty_and_keeps_its_dtype(pd, dtype):
    series = pd.Series([], dtype=dtype, name="text")
    pd.testing.assert_series_equal(integration.restore(series), series)


def test_a_series_of_nulls_is_unchanged(pd):
    # What pandas reads from a file with an empty column.
    series = pd.Series([float("nan")] * 3)
    pd.testing.assert_series_equal(integration.restore(series), series)


def test_options_and_workers_are_passed_to_restore_many(pd, flat):
    expected = list(restore_many(flat, **OPTIONS))
    assert list(integration.restore(pd.Series(flat), **OPTIONS)) == expected
    assert list(integration.restore(pd.Series(flat), workers=2, **OPTIONS)) == expected


@pytest.mark.parametrize("values", [[1, 2], [1.5, None], [True], ["2019-01-01"]])
def test_a_column_that_is_not_text_is_refused_with_its_type_and_a_remedy(pd, values):
    series = pd.Series(pd.to_datetime(values) if isinstance(values[0], str) else values, name="words")
    with pytest.raises(ColumnError) as raised:
        integration.restore(series)
    assert str(raised.value) == (
        f"column 'words' holds {series.dtype}, not text: give the column with the text, or make it text with "
        ".astype('string')"
    )


def test_a_value_that_is_not_text_is_refused_with_its_row(pd):
    with pytest.raises(ColumnError, match="column 'text' holds int in row 1, not text"):
        integration.restore(pd.Series(["a", 3], name="text", dtype="object"))


def test_a_categorical_column_is_refused_with_a_remedy(pd, flat):
    with pytest.raises(ColumnError, match=r"holds category, not text.*\.astype\('string'\)"):
        integration.restore(pd.Series(flat, dtype="category"))


@pytest.mark.parametrize("given", ["text", None, ["a"]])
def test_other_types_than_series_are_refused(given):
    with pytest.raises(TypeError, match=r"restore takes a Series such as frame\['text'\]"):
        integration.restore(given)


def test_wrong_options_are_refused_even_for_an_empty_series(pd):
    with pytest.raises(ValueError, match="kind must be one of"):
        integration.restore(pd.Series([], dtype="object"), kinds=["spelling"])
    with pytest.raises(TypeError, match="spelling"):
        integration.restore(pd.Series([], dtype="object"), spelling=True)
