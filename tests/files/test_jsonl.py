"""JSON Lines, packed files, and how far the command is."""

import gzip
import io
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import SEEDS

from newsnorm import explain, quotations, restore
from newsnorm.cli import main
from newsnorm.cli.console import Console
from newsnorm.errors import TextError
from newsnorm.files import jsonl as records
from newsnorm.files.compression import unpack
from newsnorm.folders import worker
from newsnorm.folders.find import find
from newsnorm.model import PACKAGED

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


# --- records ----------------------------------------------------------------------------------------------------------


def test_the_text_is_restored_and_the_other_fields_are_kept(wire, capfd):
    assert main(["restore", str(wire)]) == 0
    expected = [{"id": n, "text": restore(text), "tags": ["a", None]} for n, text in enumerate(FLAT)]
    output = capfd.readouterr().out
    assert read(output) == expected
    assert [list(record) for record in read(output)] == [["id", "text", "tags"]] * 2


def test_a_text_that_is_null_stays_null(tmp_path, capfd):
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


def test_the_field_is_named(tmp_path, capfd):
    (tmp_path / "wire").write_text(lines({"text": "u s troops", "body": FLAT[0]}))
    assert main(["restore", "--field", "body", str(tmp_path / "wire")]) == 0
    assert read(capfd.readouterr().out) == [{"text": "u s troops", "body": restore(FLAT[0])}]


def test_records_come_through_a_pipe():
    command = [sys.executable, "-m", "newsnorm", "flatten", "--field", "text"]
    done = subprocess.run(command, input=lines({"text": "It isn't."}).encode(), capture_output=True)
    assert read(done.stdout) == [{"text": "it isn t"}]


@pytest.mark.parametrize("command", ["restore", "flatten", "explain", "quotations"])
def test_records_are_written_as_text_if_that_is_wanted(wire, capfd, command):
    main([command, "--format", "text", str(wire)])
    with pytest.raises(ValueError, match=r"Expecting|Extra data"):
        read(capfd.readouterr().out)


def test_restored_records_as_text_are_lines(wire, capfd):
    main(["restore", "--format", "text", str(wire)])
    assert capfd.readouterr().out == "".join(restore(text) + "\n" for text in FLAT)


def test_text_is_written_as_records_if_that_is_wanted(tmp_path, capfd):
    path = tmp_path / "flat.txt"
    path.write_text(FLAT[1])
    found = explain(FLAT[1])
    for command, expected in (
        ("restore", {"text": found.text}),
        ("flatten", {"text": FLAT[1]}),
        ("quotations", {"text": found.text, "quotations": json.loads(json.dumps([said(q) for q in found.quotations]))}),
    ):
        main([command, "--format", "jsonl", str(path)])
        assert read(capfd.readouterr().out) == [{"file": str(path), **expected}]


def said(quotation):
    return {name: getattr(quotation, name) for name in ("start", "end", "text", "probability")}


def test_explained_records_have_the_source_and_the_edits_beside_their_fields(wire, capfd):
    main(["explain", str(wire)])
    second = read(capfd.readouterr().out)[1]
    found = explain(FLAT[1])
    assert second["id"] == 1
    assert (second["source"], second["text"]) == (found.source, found.text)
    assert len(second["edits"]) == len(found.edits)
    assert second["quotations"] == [said(quotation) for quotation in found.quotations]


def test_quotations_are_listed(tmp_path, capfd):
    (tmp_path / "flat").write_text(FLAT[1])
    assert main(["quotations", "--quotes", "curly", str(tmp_path / "flat")]) == 0
    (found,) = quotations(FLAT[1], quotes="curly")
    assert capfd.readouterr().out == f"{found.start:>7} {found.probability:>5.2f}  {found.text}\n"


def test_a_quotation_is_listed_on_one_line_and_safely(tmp_path, capfd):
    (tmp_path / "text").write_text('"We\twon\'t leave \x07now," he said.')
    main(["quotations", str(tmp_path / "text")])
    (line,) = capfd.readouterr().out.splitlines()
    assert line.endswith(r"We won't leave \x07now,")


BAD = {
    "{": "line 2 is not JSON: Expecting property name enclosed in double quotes, at character 2",
    "[]": 'line 2 is not an object: {"text": ...} is expected',
    '{"body": "x", "id": 1}': "line 2 has no field 'text', only 'body', 'id': name the field that",
    "{}": "line 2 has no field 'text', only none: name the field",
    '{"text": 7}': "line 2 has a field 'text' that is no string",
    '{"text": "x", "n": 1e999}': "line 2 cannot be read: the number 1e999 is too large to be kept",
    '{"text": "x", "n": ' + "9" * 5000 + "}": "line 2 cannot be read: Exceeds the limit",
    "[" * 100_000: "line 2 cannot be read: maximum recursion depth exceeded",
}


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad[:12])
def test_a_bad_line_is_named_and_the_rest_done(tmp_path, capfd, bad):
    path = tmp_path / "wire.ndjson"
    path.write_text(f'{{"text": "It isn\'t."}}\n{bad}\n\n{{"text": "No."}}')
    assert main(["flatten", str(path)]) == 1
    got = capfd.readouterr()
    assert read(got.out) == [{"text": "it isn t"}, {"text": "no"}]
    assert got.err.startswith(f"newsnorm: {path}: {BAD[bad]}")
    assert len(got.err.splitlines()) == 1


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.text(), _json, max_size=3)), st.text(), st.integers(1, 9))
@example([{"a": 1}], "\ud800", 3)
def test_what_was_written_is_read_again_however_it_is_cut(fields, text, size):
    written = [{**record, "text": text} for record in fields]
    whole = "\ufeff" + "".join(map(records.write, written))
    whole.encode()
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert list(records.read(pieces, "text", pytest.fail)) == written


def test_lines_may_end_as_on_windows():
    assert list(records.read(['{"text": ""}\r\n{"te', 'xt": "b"}\r\n'], "text", pytest.fail)) == [
        {"text": ""},
        {"text": "b"},
    ]


def test_each_record_is_paired_with_its_own_result_however_far_ahead_texts_are_read():
    found = records.paired(range(5), str, lambda texts: [text * 2 for text in list(texts)])
    assert list(found) == [(n, str(n) * 2) for n in range(5)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["restore", "--stream", "wire.jsonl"], "--stream is for plain text"),
        (["restore", "--stream", "--field", "text"], "--stream is for plain text"),
        (["restore", "--stream", "--format", "jsonl"], "--stream is for plain text"),
        (
            ["restore", "a.txt", "--out", "b.txt"],
            "--out is a folder for the results; for one file: newsnorm restore FILE >",
        ),
        (["restore", "a.jsonl.gz", "--out", "b.jsonl.gz"], "--out is a folder for the results"),
        (["restore", "a.txt", "--out", "o", "--format", "jsonl"], "each result has the format of its source"),
        (["restore", "--stream", "--format", "html"], "--stream is for plain text"),
        (["flatten", "--format", "html", "a.txt"], "invalid choice: 'html'"),
        (["explain", "--html", "{story}"], "is not the name of a page, which ends with .html: --html out.html"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    story = str(SEEDS / "conflict.flat.txt")
    with pytest.raises(SystemExit, match="2"):
        main([argument.format(story=story) for argument in arguments])
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_records_and_packed_files_is_restored(tmp_path, capfd):
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
    assert "newsnorm: b.jsonl: line 2 has no field 'text', only 'txt'" in capfd.readouterr().err


def test_a_worker_restores_records(wire):
    settings = worker.Settings({"kinds": ("contractions",)}, PACKAGED)
    *pieces, done = worker._restore(str(wire), settings, None)
    assert [record["text"] for record in read(b"".join(piece.data for piece in pieces))] == [
        restore(text, kinds=["contractions"]) for text in FLAT
    ]
    assert isinstance(done, worker.Done)
    wire.write_text("{}")
    (failed,) = worker._restore(str(wire), settings, None)
    assert failed.reason.startswith("line 1 has no field 'text'")


# --- packed files -----------------------------------------------------------------------------------------------------

PACKERS = {"gz": gzip.compress, "zst": zstandard.compress}


def cut(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("packer", PACKERS.values(), ids=PACKERS)
@given(st.lists(st.binary(max_size=99), min_size=1, max_size=4), st.integers(1, 200))
def test_what_was_packed_is_read_however_it_is_cut_and_in_as_many_parts_as_there_are(packer, parts, size):
    packed = b"".join(map(packer, parts))
    assert b"".join(unpack(cut(packed, size))) == b"".join(parts)


@given(st.binary().filter(lambda data: not data.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd"))), st.integers(1, 9))
def test_what_is_not_packed_is_passed_on(data, size):
    assert b"".join(unpack(cut(data, size))) == data


@pytest.mark.parametrize("packer", PACKERS.values(), ids=PACKERS)
def test_a_megabyte_of_one_letter_is_not_unpacked_at_once(packer):
    blocks = list(unpack([packer(b"a" * 50_000_000)]))
    assert sum(map(len, blocks)) == 50_000_000
    assert max(map(len, blocks)) <= 33_000_000


def test_zeros_after_gzip_are_what_a_tape_was_filled_with():
    assert b"".join(unpack([gzip.compress(b"u s") + bytes(512), bytes(512)])) == b"u s"


@pytest.mark.parametrize("name", PACKERS)
@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda data: data[:-3], "ends in its midst"),
        (lambda data: data[:6], "ends in its midst"),
        (lambda data: data + b"garbage", "damaged"),
        (lambda data: data[:4] + b"\xff" * 20 + data[24:], "damaged"),
    ],
)
def test_a_damaged_file_is_named_and_the_rest_done(name, harm, message, tmp_path, capfd):
    path = tmp_path / f"story.{name}"
    path.write_bytes(harm(PACKERS[name](b"The U.S. troops haven't left Iraq, he said.\n" * 9)))
    (tmp_path / "other").write_text("It isn't.")
    assert main(["flatten", str(path), str(tmp_path / "other")]) == 1
    got = capfd.readouterr()
    assert got.out == "it isn t\n"
    assert got.err.startswith(f"newsnorm: {path}: a ")
    assert message in got.err


def test_without_zstandard_its_error_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(TextError, match="which the package zstandard is needed: pip install zstandard, or unpack"):
        list(unpack([zstandard.compress(b"u s")]))


def test_a_packed_file_is_found_by_the_name_of_what_is_in_it(tmp_path):
    for name in ("a.txt.gz", "b.txt", "c.txt.zst", "d.gz"):
        (tmp_path / name).write_bytes(b"")
    found = find([str(tmp_path)], str(tmp_path / "out"), "*.txt")
    assert [source.name for source in found] == ["a.txt", "b.txt", "c.txt"]
    assert [source.name for source in find([str(tmp_path)], str(tmp_path / "out"), "*.gz")] == ["a.txt", "d"]
    (tmp_path / "b.txt.gz").write_bytes(b"")
    with pytest.raises(ValueError, match=r"would both become b\.txt"):
        find([str(tmp_path)], str(tmp_path / "out"), "*.txt")


# --- how far it is ----------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A terminal on standard error, and a clock that goes on by a second whenever it is looked at."""
    made = Terminal()
    seconds = iter(range(10_000))
    monkeypatch.setattr("newsnorm.cli.console.sys", SimpleNamespace(stderr=made))
    monkeypatch.setattr("newsnorm.cli.console.time.monotonic", lambda: float(next(seconds)))
    return made


def test_on_a_terminal_files_are_counted(terminal):
    console = Console()
    console.start(1200, "file")
    console.add()
    console.add(599)
    console.end()
    none, first, second, cleared = terminal.getvalue().split("\r\x1b[K")[1:]
    assert none == "newsnorm: 0 of 1,200 files, 0 %"
    assert first == "newsnorm: 1 of 1,200 files, 0 %, 20 min left"
    assert second == "newsnorm: 600 of 1,200 files, 50 %, 3 s left"
    assert cleared == ""


def test_a_message_takes_the_line_away_first(terminal):
    console = Console()
    console.start(4_000_000, "MB")
    console.add(1_000_000)
    console.say("a.txt: gone")
    console.say("b.txt: gone")
    lines = ["", "newsnorm: 0.0 of 4.0 MB, 0 %", "newsnorm: 1.0 of 4.0 MB, 25 %, 4 s left", ""]
    assert terminal.getvalue() == "\r\x1b[K".join(lines) + "newsnorm: a.txt: gone\nnewsnorm: b.txt: gone\n"


def test_the_line_is_not_drawn_a_thousand_times_a_second(terminal, monkeypatch):
    console = Console()
    console.start(1000, "file")
    monkeypatch.setattr("newsnorm.cli.console.time.monotonic", lambda: 77.0)
    for _ in range(1000):
        console.add()
    assert terminal.getvalue().count("\r") == 2


def test_nothing_is_counted_off_a_terminal(capsys):
    console = Console()
    console.start(10, "file")
    console.add()
    console.end()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [["restore"], ["restore", "--stream"], ["flatten"], ["explain"]])
def test_the_command_shows_how_far_it_is_and_leaves_nothing_behind(arguments, terminal, tmp_path, wire, capfdbinary):
    (tmp_path / "flat").write_text(FLAT[0])
    packed = [] if "--stream" in arguments else [str(wire)]
    assert main([*arguments, str(tmp_path / "flat"), *packed]) == 0
    assert " of 0.0 MB, 100 %" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert b"\r" not in capfdbinary.readouterr().out


def test_a_folder_is_counted_by_its_files(terminal, tmp_path):
    (tmp_path / "wire").mkdir()
    (tmp_path / "wire" / "a.txt").write_text(FLAT[0])
    (tmp_path / "wire" / "b.txt").write_bytes(b"\xff")
    for _ in range(2):
        assert main(["restore", str(tmp_path / "wire"), "--out", str(tmp_path / "out")]) == 1
    assert "newsnorm: 2 of 2 files, 100 %" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[Knewsnorm: restored 0 files, skipped 1 finished, failed 1\n")


def test_nothing_is_counted_where_nobody_knows_how_much_there_is(terminal, tmp_path):
    assert main(["flatten", "/dev/null"]) == 0
    assert main(["flatten", str(tmp_path / "nowhere")]) == 1
    assert "%" not in terminal.getvalue()
