"""The commands: what they print, and with which exit status they end."""

import json
import os
import re
import runpy
import shlex
import signal
import subprocess
import sys
from importlib.metadata import version

import pytest
from strategies import SEEDS, STORIES

from newsnorm import KINDS, flatten, quotations, restore
from newsnorm.cli import commands, main, parser
from newsnorm.model import PACKAGED, checksum

STORY = SEEDS / "conflict.flat.txt"


def run(*arguments, given=b""):
    return subprocess.run([sys.executable, "-m", "newsnorm", *map(str, arguments)], input=given, capture_output=True)


# --- restore ----------------------------------------------------------------------------------------------------------


def test_restore_prints_the_restored_file():
    assert run("restore", STORY).stdout.decode() == restore(STORY.read_text())


def test_several_files_are_restored_in_order(capfdbinary, tmp_path):
    (tmp_path / "one").write_text("u s troops\n")
    (tmp_path / "two").write_text("haven t left\n")
    assert main(["restore", str(tmp_path / "one"), str(tmp_path / "two")]) == 0
    assert capfdbinary.readouterr().out.decode() == restore("u s troops\n") + restore("haven t left\n")


def test_options_are_passed_to_the_library(capfdbinary):
    main(["restore", "--kinds", "case,quotes", "--quotes", "curly", "--threshold", "0.7", "--paragraphs", str(STORY)])
    expected = restore(STORY.read_text(), kinds=("case", "quotes"), quotes="curly", threshold=0.7, paragraphs=True)
    assert capfdbinary.readouterr().out.decode() == expected


def test_missing_kinds_are_restored_unless_kinds_are_given(tmp_path, capfdbinary):
    path, out = tmp_path / "one.txt", tmp_path / "out"
    # A story that has its marks and capitals, except for its last sentence.
    text = (SEEDS / "conflict.txt").read_text() + "the talks failed the minister said on friday\n"
    path.write_text(text)
    everything = restore(text, kinds=KINDS)
    assert everything.endswith("talks failed, the minister said on Friday.\n")
    for arguments, expected in (
        ([], text),
        (["--kinds", ",".join(KINDS)], everything),
        (["--stream"], everything),
    ):
        assert main(["restore", str(path), *arguments]) == 0
        assert capfdbinary.readouterr().out.decode() == expected
        assert main(["restore", str(path), "--out", str(out), *arguments]) == 0
        assert (out / "one.txt").read_text() == expected
        capfdbinary.readouterr()


@pytest.mark.parametrize("command", ["restore", "explain", "quotations", "explain --json"])
def test_mentions_of_a_name_are_made_consistent_unless_disabled(command, monkeypatch):
    calls = []
    monkeypatch.setattr("newsnorm.pipeline.make_consistent", lambda scores, words: calls.append(words) or scores)
    assert main([*command.split(), str(STORY)]) == 0
    assert len(calls) == 1
    assert main([*command.split(), "--no-consistent", str(STORY)]) == 0
    assert len(calls) == 1


@pytest.mark.parametrize("switch", [[], ["--no-consistent"]])
def test_a_stream_does_not_make_mentions_consistent(switch, monkeypatch, capfdbinary):
    monkeypatch.setattr("newsnorm.pipeline.make_consistent", None)
    assert main(["restore", "--stream", *switch, str(STORY)]) == 0
    assert capfdbinary.readouterr().out.decode() == restore(STORY.read_text(), consistent=False)


# --- the other commands -----------------------------------------------------------------------------------------------


def test_flatten_prints_the_flat_text(capfdbinary):
    main(["flatten", str(SEEDS / "conflict.txt")])
    assert capfdbinary.readouterr().out.decode() == flatten(STORIES["conflict"]) + "\n"


def test_quotations_prints_offset_probability_and_text(tmp_path, capfd):
    flat = "i don t know he said"
    (tmp_path / "flat").write_text(flat)
    assert main(["quotations", "--quotes", "curly", str(tmp_path / "flat")]) == 0
    (found,) = quotations(flat, quotes="curly")
    assert capfd.readouterr().out == f"{found.start:>7} {found.probability:>5.2f}  {found.text}\n"


def test_a_quotation_is_printed_on_one_line_without_control_characters(tmp_path, capfd):
    (tmp_path / "text").write_text('"We\twon\'t leave \x07now," he said.')
    main(["quotations", str(tmp_path / "text")])
    (line,) = capfd.readouterr().out.splitlines()
    assert line.endswith(r"We won't leave \x07now,")


def test_explain_prints_a_report_or_json(capfdbinary, tmp_path):
    (tmp_path / "flat").write_text("haven t left")
    main(["explain", str(tmp_path / "flat")])
    assert b"contractions" in capfdbinary.readouterr().out
    main(["explain", "--json", str(tmp_path / "flat")])
    found = json.loads(capfdbinary.readouterr().out)
    assert found["source"] == "haven t left"
    assert found["text"] == restore("haven t left")


def test_explain_and_restore_write_html_pages(tmp_path, capfdbinary):
    (tmp_path / "<flat>").write_text("haven t left")
    (tmp_path / "other").write_text("i don t know he said")
    files = [str(tmp_path / "<flat>"), str(tmp_path / "other")]
    assert main(["explain", *files, "--html", str(tmp_path / "out.html")]) == 0
    assert capfdbinary.readouterr() == (b"", b"")
    written = (tmp_path / "out.html").read_bytes()
    assert b"&lt;flat&gt;</h1>" in written
    assert written.count(b"<article") == 2
    for command in ("explain", "restore"):
        assert main([command, *files, "--format", "html"]) == 0
        assert capfdbinary.readouterr().out == written


def test_standard_input_can_be_written_as_an_html_page():
    done = run("explain", "--format", "html", given=b"haven t left")
    assert b"<h1>standard input</h1>" in done.stdout


def test_no_html_page_is_written_if_no_file_can_be_read(tmp_path, capfd):
    assert main(["explain", str(tmp_path / "nowhere"), "--html", str(tmp_path / "out.html")]) == 1
    assert not (tmp_path / "out.html").exists()
    (tmp_path / "flat").write_text("haven t left")
    assert main(["explain", str(tmp_path / "flat"), "--html", str(tmp_path / "no" / "out.html")]) == 1
    assert capfd.readouterr().err.endswith("out.html: No such file or directory\n")


@pytest.mark.parametrize(("no_colour", "coloured"), [(None, True), ("", True), ("1", False)])
def test_explain_prints_in_colour_on_a_terminal_unless_no_color_is_set(no_colour, coloured, monkeypatch, tmp_path):
    (tmp_path / "flat").write_text("haven t left")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_colour is not None:
        monkeypatch.setenv("NO_COLOR", no_colour)
    ours, theirs = os.openpty()
    with open(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        assert main(["explain", str(tmp_path / "flat")]) == 0
        assert (b"\x1b[32m'\x1b[0m" in os.read(ours, 10_000)) == coloured
    os.close(ours)


def test_score_prints_a_table_or_json(capfdbinary, tmp_path):
    (tmp_path / "restored").write_text(restore(STORY.read_text()))
    main(["score", "--json", str(SEEDS / "conflict.txt"), str(tmp_path / "restored")])
    assert json.loads(capfdbinary.readouterr().out)["words_kept"] is True
    main(["score", str(SEEDS / "conflict.txt"), str(tmp_path / "restored")])
    assert b"quote_span" in capfdbinary.readouterr().out


def test_score_reports_a_file_that_cannot_be_read(capfd, tmp_path):
    (tmp_path / "restored").write_bytes(b"\xff")
    assert main(["score", str(SEEDS / "conflict.txt"), str(tmp_path / "restored")]) == 1
    got = capfd.readouterr()
    assert got.out == ""
    assert "restored: not UTF-8: byte 0xFF" in got.err


def test_score_refuses_texts_whose_words_differ(tmp_path, capfd):
    for name, text in (("gold", "U.S. troops left."), ("other", "The troops left.")):
        (tmp_path / name).write_text(text)
    files = [str(tmp_path / name) for name in ("gold", "other")]
    assert main(["score", *files]) == 1
    got = capfd.readouterr()
    assert got.out == ""
    assert got.err == "newsnorm: nothing is scored, the words differ: 0: 'U' vs 'The'; both must be the same text\n"
    assert main(["score", "--json", *files]) == 1
    assert not json.loads(capfd.readouterr().out)["words_kept"]


# --- help, version and arguments --------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["restore", "explain", "quotations", "flatten", "score", "completion"])
def test_help_shows_examples_and_exit_statuses(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    printed = capsys.readouterr().out
    assert f"  newsnorm {command} " in printed.split("examples:")[1]
    assert "exit status:" in printed


def test_every_example_in_the_help_is_a_valid_command(monkeypatch):
    seen = []
    for name in ("restore", "explain", "quotations", "flatten", "score", "completion"):
        monkeypatch.setattr(commands, name, seen.append)
    # Three spaces separate an example from its explanation.
    for example in re.findall(r"newsnorm [a-z](?:(?!   )[^|>#)\n])*", "\n".join(parser._EXAMPLES.values())):
        assert main(shlex.split(example)[1:]) == 0, example
    assert len(seen) > 20


def test_version_prints_package_and_model(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    printed = capsys.readouterr().out
    assert printed.startswith(f"newsnorm {version('newsnorm')}, model ")
    assert checksum(PACKAGED).startswith(printed.split()[-1])
    assert len(printed.split()[-1]) == 12


def test_version_is_printed_even_if_the_model_cannot_be_used(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("newsnorm.model.PACKAGED", tmp_path)
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert ", model not usable: cannot read the model file" in capsys.readouterr().out


def test_python_m_newsnorm_prints_the_version():
    assert run("--version").stdout.startswith(b"newsnorm ")


def test_python_m_newsnorm_runs_the_command(monkeypatch, capfd):
    monkeypatch.setattr("sys.argv", ["newsnorm", "flatten", str(SEEDS / "conflict.txt")])
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("newsnorm", run_name="__main__")
    assert stop.value.code == 0
    assert capfd.readouterr().out == STORY.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["restore", "--kinds", "casing"], f"choose from {','.join(KINDS)}"),
        (["restore", "--threshold", "2"], "not a probability"),
        (["restore", "--threshold", "high"], "'high' is not a probability"),
        (["restore", "--quotes", "french"], "invalid choice: 'french'"),
        (["restore", "--encoding", "klingon"], "'klingon' is not an encoding: try utf-8"),
        (["restore", "--out", "o", "--jobs", "0"], "'0' is not a number of processes (1 or more)"),
        (["restore", "--out", "o", "--jobs", "two"], "'two' is not a number of processes (1 or more)"),
        (["restore", "--jobs", "2", "a.txt"], "--jobs and --glob require --out OUT"),
        (["restore", "--glob", "*", "a.txt"], "--jobs and --glob require --out OUT"),
        (["restore", str(SEEDS)], f"{SEEDS} is a folder: name a folder for the results with --out OUT"),
        (["restore", "--out", "o"], "name the files or folders to restore"),
        (["restore", "-", "--out", "o"], "standard input has no name"),
        (["restore", str(SEEDS), "--out", str(SEEDS)], "is also the folder of the results"),
        (["restore", str(STORY), str(STORY), "--out", "o"], "would both become conflict.flat.txt"),
        ([], "required"),
    ],
)
def test_wrong_arguments_exit_with_status_2(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


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
        (["explain", "--html", "{story}"], "does not end in .html: use a name such as out.html"),
    ],
)
def test_incompatible_arguments_exit_with_status_2(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    story = str(SEEDS / "conflict.flat.txt")
    with pytest.raises(SystemExit, match="2"):
        main([argument.format(story=story) for argument in arguments])
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_missing_model_exits_with_status_1(capfd):
    assert main(["restore", "--model", "nowhere", str(STORY)]) == 1
    assert "cannot read the model file" in capfd.readouterr().err


# --- standard output and error ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [["restore", str(STORY)], ["restore", "--stream", str(STORY)], ["flatten", str(STORY)]]
)
def test_a_closed_output_pipe_is_no_error(arguments, monkeypatch, capsys):
    ours, theirs = os.pipe()
    os.close(ours)
    with open(theirs, "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert main(arguments) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "arguments", [["restore", str(STORY)], ["restore", "--stream", str(STORY)], ["flatten", str(STORY)]]
)
def test_a_full_disk_exits_with_status_1(arguments, monkeypatch, capsys):
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
def test_closed_standard_input_or_output_exits_with_status_1(stream, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, stream, None)
    assert main(["flatten", "-" if stream == "stdin" else str(STORY)]) == 1
    assert capsys.readouterr().err == message


def test_closed_standard_error_is_ignored(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["flatten", "nowhere.txt"]) == 1


@pytest.mark.parametrize("out", [[], ["--out", "out"]])
def test_ctrl_c_exits_with_status_130(out, monkeypatch, tmp_path, capfd):
    def interrupt(*_, **__):
        signal.raise_signal(signal.SIGINT)
        yield

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("newsnorm.processes.restore_texts", interrupt)
    monkeypatch.setattr("newsnorm.folders.run.restore_files", interrupt)
    assert main(["restore", str(STORY), *out]) == 130
    said = ["newsnorm: interrupted"]
    if out:
        said = [
            f"{said[0]}: run the same command again to resume",
            "newsnorm: restored 0 files, skipped 0 finished, failed 0",
        ]
    assert capfd.readouterr().err.splitlines() == said
