"""What the command reads: files, standard input and encodings, and reports about those it cannot read."""

import os
import subprocess
import sys

import pytest

from newsnorm import restore
from newsnorm.cli import main


def run(*arguments, given=b""):
    return subprocess.run([sys.executable, "-m", "newsnorm", *map(str, arguments)], input=given, capture_output=True)


def test_standard_input_is_restored():
    assert run("restore", given=b"u s troops\n").stdout == restore("u s troops\n").encode()


def test_terminal_input_prints_how_to_end_it(monkeypatch, capfd):
    ours, theirs = os.openpty()
    with open(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        os.write(ours, b"It isn't.\n\x04")
        assert main(["flatten"]) == 0
    os.close(ours)
    got = capfd.readouterr()
    assert got.out == "it isn t\n"
    assert got.err.startswith("newsnorm: reading from the terminal; end with Ctrl-D")


@pytest.mark.parametrize("command", ["restore", "explain", "flatten", "restore --stream"])
def test_bytes_that_are_not_utf8_are_reported(command):
    done = run(*command.split(), given=b"we won\x92t go")
    assert done.returncode == 1
    assert b"standard input: not UTF-8: byte 0x92 at offset 6; it looks like windows-1252 (--enc" in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_given_encoding_is_used():
    done = run("restore", "--encoding", "windows-1252", given=b"we won\x92t go\n")
    assert done.stdout.decode() == restore("we won’t go\n")


def test_the_output_is_utf8_whatever_the_encoding_of_the_input():
    assert run("flatten", given="Café".encode("utf-16")).stdout == "café\n".encode()


@pytest.mark.parametrize("command", ["restore", "explain", "flatten", "restore --stream"])
def test_a_bad_file_is_reported_and_the_others_are_processed(capfdbinary, tmp_path, command):
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


def test_a_missing_file_exits_with_status_1(capfd):
    assert main(["restore", "nowhere.txt"]) == 1
    assert capfd.readouterr().err == "newsnorm: nowhere.txt: No such file or directory\n"
