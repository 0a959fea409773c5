"""polars: eager, lazy and streaming runs give the same results, and errors name the column."""

from __future__ import annotations

import doctest

import pytest
from strategies import OPTIONS

from newsnorm import ColumnError, restore_many
from newsnorm.integrations import polars as integration

pytestmark = pytest.mark.polars


@pytest.fixture(scope="module")
def pl():
    import polars as pl

    return pl


@pytest.fixture(scope="module")
def frame(pl, flat):
    """Texts and nulls, with a column of row numbers."""
    texts = [text for pair in zip(flat, [None] * len(flat), strict=True) for text in pair] * 3
    return pl.DataFrame({"row": range(len(texts)), "text": texts})


@pytest.fixture(scope="module")
def expected(restored):
    return [text for one in restored for text in (one, None)] * 3


def test_docstring_examples_hold():
    found = doctest.testmod(integration)
    assert found.attempted
    assert not found.failed


def test_a_series_is_restored_as_a_series(pl, frame, expected):
    got = integration.restore(frame["text"])
    assert got.name == "text"
    assert got.dtype == pl.String
    assert got.to_list() == expected


def test_an_expression_is_restored_as_an_expression(pl, frame, expected):
    got = frame.with_columns(integration.restore(pl.col("text")).alias("restored"))
    assert got["restored"].to_list() == expected
    assert got.drop("restored").equals(frame)


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_lazy_frame_is_restored_when_it_is_collected(pl, frame, expected, engine):
    lazy = frame.lazy().with_columns(integration.restore(pl.col("text")))
    assert lazy.collect_schema() == frame.schema
    got = lazy.collect(engine=engine).sort("row")
    assert got["text"].to_list() == expected


def test_a_parquet_file_is_restored_into_another_by_streaming(pl, frame, expected, tmp_path):
    frame.write_parquet(tmp_path / "flat.parquet", row_group_size=7)
    lazy = pl.scan_parquet(tmp_path / "flat.parquet").with_columns(integration.restore(pl.col("text")))
    lazy.sink_parquet(tmp_path / "restored.parquet")
    got = pl.read_parquet(tmp_path / "restored.parquet")
    assert got["row"].to_list() == frame["row"].to_list()
    assert got["text"].to_list() == expected


def test_only_the_selected_rows_are_restored(pl, frame, expected):
    """The expression is elementwise, so polars may take the slice first."""
    lazy = frame.lazy().with_columns(integration.restore(pl.col("text"))).slice(2, 3)
    assert lazy.collect()["text"].to_list() == expected[2:5]


def test_options_are_passed_to_restore_many(pl, flat):
    assert list(integration.restore(pl.Series(flat), **OPTIONS)) == list(restore_many(flat, **OPTIONS))


@pytest.mark.parametrize("kind", ["String", "Null"])
def test_an_empty_frame_stays_empty_and_keeps_its_schema(pl, kind):
    frame = pl.DataFrame({"id": [], "text": []}, schema={"id": pl.Int64, "text": getattr(pl, kind)})
    expression = integration.restore(pl.col("text")).alias("restored")
    for got in (frame.with_columns(expression), frame.lazy().with_columns(expression).collect()):
        assert got.schema == {**frame.schema, "restored": pl.String}
        assert got.is_empty()


def test_a_column_of_nulls_stays_null(pl):
    assert pl.DataFrame({"text": [None, None]}).select(integration.restore(pl.col("text"))).rows() == [(None,)] * 2


def test_a_series_that_is_not_text_is_refused_with_its_type_and_a_remedy(pl):
    for values, dtype in (([1], pl.Int64), (["a"], pl.Categorical), ([["a"]], pl.List(pl.String))):
        with pytest.raises(ColumnError, match=r"column 'words' holds .*, not text: .*\.cast\(pl\.String\)"):
            integration.restore(pl.Series("words", values, dtype=dtype))


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_an_expression_that_is_not_text_is_refused_when_it_is_collected(pl, engine):
    lazy = pl.LazyFrame({"words": [1, 2]}).with_columns(integration.restore(pl.col("words")))
    with pytest.raises(ColumnError, match=r"column 'words' holds Int64, not text: .*\.cast\(pl\.String\)"):
        lazy.collect(engine=engine)


def test_a_missing_column_is_reported_by_name(pl, frame):
    with pytest.raises(pl.exceptions.ColumnNotFoundError, match="body"):
        frame.select(integration.restore(pl.col("body")))


@pytest.mark.parametrize("given", ["text", None, ["a"]])
def test_other_types_than_series_and_expression_are_refused(given):
    with pytest.raises(TypeError, match=r"restore takes an expression such as pl\.col\('text'\)"):
        integration.restore(given)


def test_wrong_options_are_refused_before_anything_is_collected(pl):
    with pytest.raises(ValueError, match="kind must be one of"):
        integration.restore(pl.col("text"), kinds=["spelling"])
    with pytest.raises(TypeError, match="there is no option workers here"):
        integration.restore(pl.col("text"), workers=2)
