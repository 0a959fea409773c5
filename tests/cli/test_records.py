"""The command on JSON Lines: records in, records out."""

import gzip
import json
import subprocess
import sys

import pytest
import zstandard

from newsnorm import explain, restore
from newsnorm.cli import main
from newsnorm.folders import worker
from newsnorm.model import PACKAGED
from newsnorm.options import Options

FLAT = ["u s troops haven t left", "i don t know he said"]


def lines(*objects):
    return "".join(json.dumps(thing) + "\n" for thing in objects)


def read(output):
    return [json.loads(line) for line in output.splitlines()]


@pytest.fixture
def wire(tmp_path):
    path = tmp_path / "wire.jsonl"
    path.write_text(lines(*({"id": n, "text": text, "tags": ["a", None]} for n, text in enumerate(FLAT))))
    return path


def test_the_text_is_restored_and_the_other_fields_are_kept(wire, capfd):
    assert main(["restore", str(wire)]) == 0
    expected = [{"id": n, "text": restore(text), "tags": ["a", None]} for n, text in enumerate(FLAT)]
    output = capfd.readouterr().out
    assert read(output) == expected
    assert [list(record) for record in read(output)] == [["id", "text", "tags"]] * 2


def test_a_null_text_stays_null(tmp_path, capfd):
    path = tmp_path / "wire.jsonl"
    path.write_text(lines({"id": 1, "text": None}, {"text": FLAT[0]}))
    expected = [{"id": 1, "text": None}, {"text": restore(FLAT[0])}]
    assert main(["restore", str(path)]) == 0
    assert read(capfd.readouterr().out) == expected
    assert main(["restore", str(path), "--out", str(tmp_path / "out")]) == 0
    assert read((tmp_path / "out" / "wire.jsonl").read_text()) == expected
    capfd.readouterr()
    main(["quotations", str(path)])
    assert read(capfd.readouterr().out)[0] == {"id": 1, "text": None, "quotations": []}
    main(["restore", "--format", "text", str(path)])
    assert capfd.readouterr().out == f"\n{restore(FLAT[0])}\n"


def test_the_option_field_names_the_text(tmp_path, capfd):
    (tmp_path / "wire").write_text(lines({"text": "u s troops", "body": FLAT[0]}))
    assert main(["restore", "--field", "body", str(tmp_path / "wire")]) == 0
    assert read(capfd.readouterr().out) == [{"text": "u s troops", "body": restore(FLAT[0])}]


def test_the_option_field_reads_records_from_a_pipe():
    command = [sys.executable, "-m", "newsnorm", "flatten", "--field", "text"]
    done = subprocess.run(command, input=lines({"text": "It isn't."}).encode(), capture_output=True)
    assert read(done.stdout) == [{"text": "it isn t"}]


@pytest.mark.parametrize("command", ["restore", "flatten", "explain", "quotations"])
def test_format_text_writes_records_as_text(wire, capfd, command):
    main([command, "--format", "text", str(wire)])
    with pytest.raises(ValueError, match=r"Expecting|Extra data"):
        read(capfd.readouterr().out)


def test_format_text_writes_a_restored_record_a_line(wire, capfd):
    main(["restore", "--format", "text", str(wire)])
    assert capfd.readouterr().out == "".join(restore(text) + "\n" for text in FLAT)


def test_format_jsonl_writes_texts_as_records(tmp_path, capfd):
    path = tmp_path / "flat.txt"
    path.write_text(FLAT[1])
    found = explain(FLAT[1])
    for command, expected in (
        ("restore", {"text": found.text}),
        ("flatten", {"text": FLAT[1]}),
        (
            "quotations",
            {"text": found.text, "quotations": json.loads(json.dumps([as_dict(q) for q in found.quotations]))},
        ),
    ):
        main([command, "--format", "jsonl", str(path)])
        assert read(capfd.readouterr().out) == [{"file": str(path), **expected}]


def as_dict(quotation):
    return {name: getattr(quotation, name) for name in ("start", "end", "text", "probability")}


def test_explained_records_gain_source_edits_and_quotations(wire, capfd):
    main(["explain", str(wire)])
    second = read(capfd.readouterr().out)[1]
    found = explain(FLAT[1])
    assert second["id"] == 1
    assert (second["source"], second["text"]) == (found.source, found.text)
    assert len(second["edits"]) == len(found.edits)
    assert second["quotations"] == [as_dict(quotation) for quotation in found.quotations]


BAD = {
    "{": "line 2 is not JSON: Expecting property name enclosed in double quotes, at character 2",
    "[]": 'line 2 is not a JSON object such as {"text": "..."}',
    '{"body": "x", "id": 1}': "line 2 has no field 'text' (its fields: 'body', 'id'): name the text field",
    "{}": "line 2 has no field 'text' (its fields: none): name the text field",
    '{"text": 7}': "line 2 has a field 'text' that is not a string",
    '{"text": "x", "n": 1e999}': "line 2 cannot be read: the number 1e999 is too large to be kept",
    '{"text": "x", "n": ' + "9" * 5000 + "}": "line 2 cannot be read: Exceeds the limit",
    "[" * 100_000: "line 2 cannot be read: maximum recursion depth exceeded",
}


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad[:12])
def test_a_bad_line_is_reported_and_the_others_are_processed(tmp_path, capfd, bad):
    path = tmp_path / "wire.ndjson"
    path.write_text(f'{{"text": "It isn\'t."}}\n{bad}\n\n{{"text": "No."}}')
    assert main(["flatten", str(path)]) == 1
    got = capfd.readouterr()
    assert read(got.out) == [{"text": "it isn t"}, {"text": "no"}]
    assert got.err.startswith(f"newsnorm: {path}: {BAD[bad]}")
    assert len(got.err.splitlines()) == 1


def test_a_folder_of_records_and_compressed_files_is_restored(tmp_path, capfd):
    sources, out = tmp_path / "wire", tmp_path / "out"
    sources.mkdir()
    (sources / "a.jsonl.gz").write_bytes(gzip.compress(lines({"n": 1, "text": FLAT[0]}).encode()))
    (sources / "b.jsonl").write_text(lines({"text": FLAT[0]}, {"txt": ""}))
    (sources / "c.txt.zst").write_bytes(zstandard.compress(FLAT[1].encode()))
    arguments = ["restore", str(sources), "--out", str(out), "--glob"]
    assert main([*arguments, "*.jsonl"]) == 1
    assert main([*arguments, "*.txt"]) == 0
    assert read((out / "a.jsonl").read_text()) == [{"n": 1, "text": restore(FLAT[0])}]
    assert (out / "c.txt").read_text() == restore(FLAT[1])
    assert sorted(path.name for path in out.iterdir()) == [".newsnorm", "a.jsonl", "c.txt"]
    assert "newsnorm: b.jsonl: line 2 has no field 'text' (its fields: 'txt')" in capfd.readouterr().err


def test_a_worker_process_restores_records(wire):
    settings = worker.Settings(Options(kinds=("contractions",)), PACKAGED)
    *pieces, done = worker._restore(str(wire), settings, None)
    assert [record["text"] for record in read(b"".join(piece.data for piece in pieces))] == [
        restore(text, kinds=["contractions"]) for text in FLAT
    ]
    assert isinstance(done, worker.Done)
    wire.write_text("{}")
    (failed,) = worker._restore(str(wire), settings, None)
    assert failed.reason.startswith("line 1 has no field 'text'")
