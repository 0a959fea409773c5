import json
import os
import runpy
import signal
import subprocess
import sys

import pytest
from strategies import SEEDS, STORIES

from newsnorm import KINDS, flatten, restore
from newsnorm.cli import main

STORY = SEEDS / "conflict.flat.txt"


def run(*arguments, given=b""):
    return subprocess.run([sys.executable, "-m", "newsnorm", *map(str, arguments)], input=given, capture_output=True)


def test_restore_a_file():
    assert run("restore", STORY).stdout.decode() == restore(STORY.read_text())


def test_python_m_newsnorm_is_the_command(monkeypatch, capfd):
    monkeypatch.setattr("sys.argv", ["newsnorm", "flatten", str(SEEDS / "conflict.txt")])
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("newsnorm", run_name="__main__")
    assert stop.value.code == 0
    assert capfd.readouterr().out == STORY.read_text()


def test_restore_standard_input():
    assert run("restore", given=b"u s troops\n").stdout == restore("u s troops\n").encode()


def test_restore_files_in_their_order(capfdbinary, tmp_path):
    (tmp_path / "one").write_text("u s troops\n")
    (tmp_path / "two").write_text("haven t left\n")
    assert main(["restore", str(tmp_path / "one"), str(tmp_path / "two")]) == 0
    assert capfdbinary.readouterr().out.decode() == restore("u s troops\n") + restore("haven t left\n")


def test_options_reach_the_library(capfdbinary):
    main(["restore", "--kinds", "case,quotes", "--quotes", "curly", "--threshold", "0.7", "--paragraphs", str(STORY)])
    expected = restore(STORY.read_text(), kinds=("case", "quotes"), quotes="curly", threshold=0.7, paragraphs=True)
    assert capfdbinary.readouterr().out.decode() == expected


@pytest.mark.parametrize("command", ["restore", "explain", "flatten", "restore --stream"])
def test_bytes_that_are_not_utf8_are_named(command):
    done = run(*command.split(), given=b"we won\x92t go")
    assert done.returncode == 1
    assert b"standard input: not UTF-8: byte 0x92 at offset 6; it looks like windows-1252 (--enc" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_named_encoding_is_read():
    done = run("restore", "--encoding", "windows-1252", given=b"we won\x92t go\n")
    assert done.stdout.decode() == restore("we won’t go\n")


def test_the_result_is_utf8_whatever_the_encoding_of_the_text():
    assert run("flatten", given="Café".encode("utf-16")).stdout == "café\n".encode()


@pytest.mark.parametrize("command", ["restore", "explain", "flatten", "restore --stream"])
def test_a_bad_file_is_reported_and_the_rest_done(capfdbinary, tmp_path, command):
    (tmp_path / "one").write_text("u s troops\n")
    (tmp_path / "two").write_bytes(b"\xff")
    (tmp_path / "three").write_text("haven t left\n")
    files = [str(tmp_path / name) for name in ("one", "two", "nowhere", "three")]
    assert main([*command.split(), *files]) == 1
    got = capfdbinary.readouterr()
    assert main([*command.split(), files[0], files[-1]]) == 0
    assert got.out == capfdbinary.readouterr().out
    lines = got.err.decode().splitlines()
    assert lines[0].startswith(f"newsnorm: {tmp_path / 'two'}: not UTF-8")
    assert lines[1:] == [f"newsnorm: {tmp_path / 'nowhere'}: No such file or directory"]


def test_flatten(capfdbinary):
    main(["flatten", str(SEEDS / "conflict.txt")])
    assert capfdbinary.readouterr().out.decode() == flatten(STORIES["conflict"]) + "\n"


def test_score(capfdbinary, tmp_path):
    (tmp_path / "restored").write_text(restore(STORY.read_text()))
    main(["score", "--json", str(SEEDS / "conflict.txt"), str(tmp_path / "restored")])
    assert json.loads(capfdbinary.readouterr().out)["words_kept"] is True
    main(["score", str(SEEDS / "conflict.txt"), str(tmp_path / "restored")])
    assert b"quote_span" in capfdbinary.readouterr().out


def test_a_text_that_cannot_be_read_is_not_scored(capfd, tmp_path):
    (tmp_path / "restored").write_bytes(b"\xff")
    assert main(["score", str(SEEDS / "conflict.txt"), str(tmp_path / "restored")]) == 1
    got = capfd.readouterr()
    assert got.out == ""
    assert "restored: not UTF-8: byte 0xFF" in got.err


def test_explain(capfdbinary, tmp_path):
    (tmp_path / "flat").write_text("haven t left")
    main(["explain", str(tmp_path / "flat")])
    assert b"contractions" in capfdbinary.readouterr().out
    main(["explain", "--json", str(tmp_path / "flat")])
    found = json.loads(capfdbinary.readouterr().out)
    assert found["source"] == "haven t left"
    assert found["text"] == restore("haven t left")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["restore", "--kinds", "casing"], f"choose among {','.join(KINDS)}"),
        (["restore", "--threshold", "2"], "not a probability"),
        (["restore", "--threshold", "high"], "'high' is not a probability"),
        (["restore", "--quotes", "french"], "invalid choice: 'french'"),
        (["restore", "--encoding", "klingon"], "'klingon' is not an encoding: try utf-8"),
        (["restore", "--out", "o", "--jobs", "0"], "'0' is not a number of processes, 1 or more"),
        (["restore", "--out", "o", "--jobs", "two"], "'two' is not a number of processes, 1 or more"),
        (["restore", "--jobs", "2", "a.txt"], "--jobs and --glob are for folders"),
        (["restore", "--glob", "*", "a.txt"], "--jobs and --glob are for folders"),
        (["restore", str(SEEDS)], f"{SEEDS} is a folder: say where its restored files go, with --out OUT"),
        (["restore", "--out", "o"], "name the files or folders to restore"),
        (["restore", "-", "--out", "o"], "standard input has no name"),
        (["restore", str(SEEDS), "--out", str(SEEDS)], "is the folder of the results, too"),
        (["restore", str(STORY), str(STORY), "--out", "o"], "would both become conflict.flat.txt"),
        ([], "required"),
    ],
)
def test_wrong_arguments_exit_2(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_exits_1(capfd):
    assert main(["restore", "nowhere.txt"]) == 1
    assert capfd.readouterr().err == "newsnorm: nowhere.txt: No such file or directory\n"


def test_a_model_that_is_not_there_exits_1(capfd):
    assert main(["restore", "--model", "nowhere", str(STORY)]) == 1
    assert "cannot read the model file" in capfd.readouterr().err


def test_version(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out.startswith("newsnorm ")


def test_python_runs_it_as_a_module():
    assert run("--version").stdout.startswith(b"newsnorm ")


@pytest.mark.parametrize(
    "arguments", [["restore", str(STORY)], ["restore", "--stream", str(STORY)], ["flatten", str(STORY)]]
)
def test_nobody_reads_the_result(arguments, monkeypatch, capsys):
    ours, theirs = os.pipe()
    os.close(ours)
    with open(theirs, "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert main(arguments) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "arguments", [["restore", str(STORY)], ["restore", "--stream", str(STORY)], ["flatten", str(STORY)]]
)
def test_the_result_finds_no_space(arguments, monkeypatch, capsys):
    with open("/dev/full", "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert main(arguments) == 1
    assert capsys.readouterr().err == "newsnorm: standard output: No space left on device\n"


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        ("stdin", "newsnorm: standard input: it is closed\n"),
        ("stdout", "newsnorm: standard output: Bad file descriptor\n"),
    ],
)
def test_a_stream_is_closed(stream, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, stream, None)
    assert main(["flatten", "-" if stream == "stdin" else str(STORY)]) == 1
    assert capsys.readouterr().err == message


def test_nobody_reads_the_errors(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["flatten", "nowhere.txt"]) == 1


@pytest.mark.parametrize("out", [[], ["--out", "out"]])
def test_an_interrupt_exits_130(out, monkeypatch, tmp_path, capfd):
    def interrupt(*_, **__):
        signal.raise_signal(signal.SIGINT)
        yield

    monkeypatch.chdir(tmp_path)
    # By way of sys.modules, because newsnorm.restore is also the function.
    monkeypatch.setattr(sys.modules["newsnorm.restore"], "restore_many", interrupt)
    monkeypatch.setattr("newsnorm.files.run.restore_files", interrupt)
    assert main(["restore", str(STORY), *out]) == 130
    assert (
        capfd.readouterr().err.splitlines()
        == [
            "newsnorm: interrupted: give the same command again to go on",
            "newsnorm: restored 0 files, skipped 0 finished, failed 0",
        ][: 2 * len(out)]
    )
