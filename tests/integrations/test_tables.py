"""Tables in files: only the text column changes, and a result is written completely or not at all."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from types import SimpleNamespace

import pytest
from strategies import OPTIONS

from newsnorm import ColumnError, restore_many
from newsnorm.cli import main
from newsnorm.errors import TextError
from newsnorm.integrations import tables
from newsnorm.integrations.tables import restore


def read_rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def lines(tmp_path, flat):
    path = tmp_path / "flat.jsonl"
    records = [{"id": number, "text": text, "at": "2019-05-01"} for number, text in enumerate([*flat, None])]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


# --- JSON Lines -------------------------------------------------------------------------------------------------------


def test_a_field_is_restored_and_the_others_are_kept(lines, tmp_path, restored):
    out = tmp_path / "restored.jsonl"
    assert restore(lines, out, "text") == len(restored) + 1
    assert read_rows(out) == [
        {**row, "text": text} for row, text in zip(read_rows(lines), [*restored, None], strict=True)
    ]
    assert sorted(tmp_path.iterdir()) == [lines, out]


def test_a_new_field_comes_last(lines, tmp_path, restored):
    out = tmp_path / "restored.ndjson"
    restore(lines, out, "text", into="restored")
    expected = [{**row, "restored": text} for row, text in zip(read_rows(lines), [*restored, None], strict=True)]
    assert read_rows(out) == expected
    assert list(read_rows(out)[0]) == ["id", "text", "at", "restored"]


def test_options_and_workers_are_passed_to_restore_many(lines, tmp_path, flat):
    out = tmp_path / "restored.jsonl"
    expected = list(restore_many(flat, **OPTIONS))
    for workers in (1, 2):
        restore(lines, out, "text", workers=workers, **OPTIONS)
        assert [row["text"] for row in read_rows(out)] == [*expected, None]


def test_json_values_that_tables_cannot_hold_are_kept(tmp_path):
    source, out = tmp_path / "flat.jsonl", tmp_path / "restored.jsonl"
    texts = [
        '\ufeff{"text": "iraq s", "n": 123456789012345678901234567890, "half": "\\ud800", "é": [1, {"a": null}]}',
        '{"other": "no text here"}',
        "",
        '{"text": "i don t know\\nhe said"}\r',
    ]
    source.write_text("\n".join(texts), encoding="utf-8")
    assert restore(source, out, "text", kinds=["contractions"]) == 3
    assert read_rows(out) == [
        {"text": "iraq's", "n": 123456789012345678901234567890, "half": "\ud800", "é": [1, {"a": None}]},
        {"other": "no text here"},
        {"text": "i don't know\nhe said"},
    ]


def test_an_empty_file_gives_an_empty_file(tmp_path):
    (tmp_path / "flat.jsonl").touch()
    assert restore(tmp_path / "flat.jsonl", tmp_path / "out.jsonl", "text") == 0
    assert (tmp_path / "out.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("line", "kind", "match"),
    [
        ('{"text": "cut', TextError, "line 2 is not JSON: Unterminated string"),
        ("[1]", TextError, r"line 2 is not a JSON object such as \{"),
        ("[" * 200_000, TextError, "line 2 cannot be read: maximum recursion depth"),
        ('{"text": "a", "n": 1e999}', TextError, "line 2 .* the number 1e999 is too large to be kept"),
        ('{"text": 7}', ColumnError, "column 'text' holds int in row 1, not text: give the column with the text"),
        ('{"text": "a", "restored": 1}', ColumnError, "there is a column 'restored' already"),
    ],
)
def test_a_bad_line_is_reported_and_an_older_result_is_kept(tmp_path, line, kind, match):
    source, out = tmp_path / "flat.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"text": "he left"}\n' + line + "\n", encoding="utf-8")
    out.write_text("an older result")
    with pytest.raises(kind, match=match):
        restore(source, out, "text", into="restored")
    assert out.read_text() == "an older result"
    assert sorted(tmp_path.iterdir()) == [source, out]


def test_a_line_in_another_encoding_is_reported(tmp_path):
    source = tmp_path / "flat.jsonl"
    source.write_bytes('{"text": "é"}\n'.encode("latin-1"))
    with pytest.raises(TextError, match="line 1 is not UTF-8"):
        restore(source, tmp_path / "out.jsonl", "text")


def test_a_missing_field_is_reported_with_the_existing_ones(lines, tmp_path):
    with pytest.raises(ColumnError, match="there is no column 'body': the columns are 'id', 'text', 'at'"):
        restore(lines, tmp_path / "out.jsonl", "body")
    assert sorted(tmp_path.iterdir()) == [lines]


def test_a_missing_output_folder_is_reported(lines, tmp_path, capsys):
    out = tmp_path / "none" / "out.jsonl"
    assert main(["restore", str(lines), "--column", "text", "--out", str(out)]) == 1
    assert capsys.readouterr().err == f"newsnorm: {out.parent}: no such folder for the result: create it first\n"


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_the_result_has_the_permissions_of_the_source(lines, tmp_path):
    lines.chmod(0o640)
    before = os.umask(0o022)
    try:
        restore(lines, tmp_path / "out.jsonl", "text")
    finally:
        os.umask(before)
    assert (tmp_path / "out.jsonl").stat().st_mode & 0o777 == 0o640


# --- Parquet ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pq():
    from pyarrow import parquet

    return parquet


@pytest.fixture
def table(flat):
    import pyarrow as pa

    texts = [*flat, None] * 3
    schema = pa.schema(
        [
            pa.field("id", pa.int32(), nullable=False, metadata={"unit": "one"}),
            pa.field("text", pa.string(), metadata={"language": "en"}),
            pa.field("day", pa.date32()),
            pa.field("tags", pa.list_(pa.string())),
        ],
        metadata={"source": "wire"},
    )
    days = [dt.date(2019, 5, 1)] * len(texts)
    return pa.table([range(len(texts)), texts, days, [["a", None]] * len(texts)], schema=schema)


@pytest.mark.pyarrow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_column_is_restored_and_schema_rows_and_groups_are_kept(pq, table, tmp_path, restored, workers):
    source, out = tmp_path / "flat.parquet", tmp_path / "restored.parquet"
    compression = {"id": "gzip", "text": "zstd", "day": "none", "tags.list.element": "snappy"}
    pq.write_table(table, source, row_group_size=10, compression=compression)
    assert restore(source, out, "text", workers=workers) == len(table)
    got = pq.read_table(out)
    assert got.schema.equals(pq.read_table(source).schema, check_metadata=True)
    assert got.column("text").to_pylist() == [*restored, None] * 3
    assert got.drop(["text"]).equals(table.drop(["text"]))
    groups = [pq.ParquetFile(path).metadata for path in (source, out)]
    for number in range(groups[0].num_row_groups):
        before, after = (one.row_group(number) for one in groups)
        assert before.num_rows == after.num_rows
        for column in range(4):
            assert before.column(column).compression == after.column(column).compression
    assert groups[0].num_row_groups == groups[1].num_row_groups
    assert sorted(tmp_path.iterdir()) == [source, out]


@pytest.mark.pyarrow
@pytest.mark.parametrize("kind", ["string", "large_string"])
def test_a_new_column_has_the_type_of_the_text_column(pq, tmp_path, flat, restored, kind):
    import pyarrow as pa

    source, out = tmp_path / "flat.parquet", tmp_path / "restored.parquet"
    pq.write_table(pa.table({"text": pa.array(flat, getattr(pa, kind)())}), source)
    restore(source, out, "text", into="restored")
    got = pq.read_table(out)
    assert got.schema.field("restored").type == got.schema.field("text").type == getattr(pa, kind)()
    assert got.to_pydict() == {"text": flat, "restored": restored}


@pytest.mark.pyarrow
def test_an_empty_table_stays_empty_and_keeps_its_schema(pq, table, tmp_path):
    source, out = tmp_path / "flat.parquet", tmp_path / "restored.parquet"
    pq.write_table(table.slice(0, 0), source)
    assert restore(source, out, "text", into="restored") == 0
    got = pq.read_table(out)
    assert len(got) == 0
    assert got.schema.names == ["id", "text", "day", "tags", "restored"]


@pytest.mark.pyarrow
def test_a_table_without_row_groups_stays_without(pq, table, tmp_path):
    source, out = tmp_path / "flat.parquet", tmp_path / "restored.parquet"
    pq.ParquetWriter(source, table.schema).close()
    assert restore(source, out, "text") == 0
    assert pq.ParquetFile(out).num_row_groups == 0
    assert pq.read_schema(out).equals(table.schema)


@pytest.mark.pyarrow
def test_the_output_stream_reports_its_position():
    # Only some versions of pyarrow ask for it.
    written = []
    sink = tables._Sink(SimpleNamespace(write=written.append))
    assert sink.write(memoryview(b"abc")) == 3
    assert (sink.tell(), written) == (3, [b"abc"])


@pytest.mark.pyarrow
def test_at_most_two_row_groups_are_in_memory(pq, tmp_path, monkeypatch):
    import pyarrow as pa

    source = tmp_path / "flat.parquet"
    pq.write_table(pa.table({"text": ["the rebels left"] * 400}), source, row_group_size=50)
    read, written = [], []
    ahead = []
    read_group, write = pq.ParquetFile.read_row_group, pq.ParquetWriter.write_table

    def reading(self, number):
        read.append(number)
        ahead.append(len(read) - len(written))
        return read_group(self, number)

    def writing(self, *given, **options):
        written.append(given)
        return write(self, *given, **options)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", reading)
    monkeypatch.setattr(pq.ParquetWriter, "write_table", writing)
    restore(source, tmp_path / "out.parquet", "text")
    assert read == list(range(8))
    assert max(ahead) == 2


@pytest.mark.pyarrow
@pytest.mark.parametrize(
    ("column", "match"),
    [
        ("body", "there is no column 'body': the columns are 'id', 'text', 'day', 'tags'"),
        ("id", "column 'id' holds int32, not text: give the column with the text, or write it as strings"),
        ("tags", r"column 'tags' holds list<element: string>, not text"),
    ],
)
def test_a_wrong_column_is_refused_with_its_type_and_a_remedy(pq, table, tmp_path, column, match):
    pq.write_table(table, tmp_path / "flat.parquet")
    with pytest.raises(ColumnError, match=match):
        restore(tmp_path / "flat.parquet", tmp_path / "out.parquet", column)
    with pytest.raises(ColumnError, match="there is a column 'day' already"):
        restore(tmp_path / "flat.parquet", tmp_path / "out.parquet", "text", into="day")
    assert [path.name for path in tmp_path.iterdir()] == ["flat.parquet"]


@pytest.mark.pyarrow
def test_a_file_that_is_not_parquet_is_reported(tmp_path):
    (tmp_path / "flat.parquet").write_text("text\nthe rebels left\n")
    with pytest.raises(TextError, match="not Parquet, or damaged"):
        restore(tmp_path / "flat.parquet", tmp_path / "out.parquet", "text")


def test_without_pyarrow_the_error_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "flat.parquet").touch()
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'newsnorm\[parquet\]'"):
        restore(tmp_path / "flat.parquet", tmp_path / "out.parquet", "text")
    flat, out = str(tmp_path / "flat.parquet"), str(tmp_path / "out.parquet")
    assert main(["restore", flat, "--column", "text", "--out", out]) == 1
    assert "pip install 'newsnorm[parquet]'" in capsys.readouterr().err


# --- file names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "out", "match"),
    [
        ("a.csv", "b.csv", r"the suffix of .*a\.csv is not that of a table: use one of \.parquet, \.jsonl, \.ndjson"),
        ("a.jsonl", "b.txt", r"the suffix of .*b\.txt is not that of a table"),
        ("a.jsonl", "b.parquet", "have different formats: give both the same suffix"),
        ("a.jsonl", "a.jsonl", "would overwrite its source"),
    ],
)
def test_wrong_file_names_are_refused(tmp_path, source, out, match, capsys):
    (tmp_path / source).write_text('{"text": "a"}\n')
    with pytest.raises(ValueError, match=match):
        restore(tmp_path / source, tmp_path / out, "text")
    with pytest.raises(SystemExit, match="2"):
        main(["restore", str(tmp_path / source), "--column", "text", "--out", str(tmp_path / out)])
    assert "error: " in capsys.readouterr().err


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_restores_a_column(lines, tmp_path, capsys, flat):
    out = tmp_path / "out.jsonl"
    given = ["restore", str(lines), "--column", "text", "--into", "restored", "--out", str(out), "--jobs", "2"]
    options = ["--kinds", "case,quotes", "--threshold", "0.3", "--quotes", "curly", "--paragraphs", "--no-consistent"]
    assert main([*given, *options]) == 0
    assert [row["restored"] for row in read_rows(out)] == [*restore_many(flat, **OPTIONS), None]
    assert capsys.readouterr().err == f"newsnorm: restored 'text' in {len(flat) + 1} rows\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["a.jsonl", "--column", "text"],
        ["--column", "text", "--out", "b.jsonl"],
        ["a.jsonl", "b.jsonl", "--column", "text", "--out", "c.jsonl"],
        ["a.jsonl", "--column", "text", "--out", "b.jsonl", "--stream"],
        ["a.jsonl", "--column", "text", "--out", "b.jsonl", "--glob", "*.x"],
        ["a.jsonl", "--column", "text", "--out", "b.jsonl", "--encoding", "latin-1"],
        ["a.jsonl", "--into", "restored", "--out", "b.jsonl"],
    ],
)
def test_wrong_arguments_for_a_table_show_a_correct_command(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["restore", *arguments])
    assert "newsnorm restore a.parquet --column text --out b.parquet" in capsys.readouterr().err


def test_the_command_reports_missing_columns_and_files(lines, tmp_path, capsys):
    assert main(["restore", str(lines), "--column", "body", "--out", str(tmp_path / "out.jsonl")]) == 1
    assert capsys.readouterr().err.startswith("newsnorm: there is no column 'body': the columns are")
    assert main(["restore", str(tmp_path / "none.jsonl"), "--column", "a", "--out", str(tmp_path / "out.jsonl")]) == 1
    assert "none.jsonl: No such file or directory" in capsys.readouterr().err
