import json
import os
import re
import runpy
import shlex
import shutil
import signal
import subprocess
import sys
from importlib.metadata import version

import pytest
from strategies import SEEDS, STORIES

from newsnorm import KINDS, cli, flatten, restore
from newsnorm.cli import commands, main
from newsnorm.model import PACKAGED, checksum

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


def test_what_a_text_lacks_is_restored_unless_kinds_are_given(tmp_path, capfdbinary):
    path, out = tmp_path / "one.txt", tmp_path / "out"
    # A story that has its marks and capitals, but for its last sentence.
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
def test_mentions_hear_one_another_unless_told_not_to(command, monkeypatch):
    heard = []
    monkeypatch.setattr("newsnorm.model.consistency.pool", lambda scores, words: heard.append(words) or scores)
    assert main([*command.split(), str(STORY)]) == 0
    assert len(heard) == 1
    assert main([*command.split(), "--no-consistent", str(STORY)]) == 0
    assert len(heard) == 1


@pytest.mark.parametrize("switch", [[], ["--no-consistent"]])
def test_a_stream_never_sees_all_mentions(switch, monkeypatch, capfdbinary):
    monkeypatch.setattr("newsnorm.model.consistency.pool", None)
    assert main(["restore", "--stream", *switch, str(STORY)]) == 0
    assert capfdbinary.readouterr().out.decode() == restore(STORY.read_text(), consistent=False)


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


def test_explain_as_a_page(tmp_path, capfdbinary):
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


def test_a_page_is_made_of_standard_input():
    done = run("explain", "--format", "html", given=b"haven t left")
    assert b"<h1>standard input</h1>" in done.stdout


def test_no_page_is_written_where_nothing_could_be_read(tmp_path, capfd):
    assert main(["explain", str(tmp_path / "nowhere"), "--html", str(tmp_path / "out.html")]) == 1
    assert not (tmp_path / "out.html").exists()
    (tmp_path / "flat").write_text("haven t left")
    assert main(["explain", str(tmp_path / "flat"), "--html", str(tmp_path / "no" / "out.html")]) == 1
    assert capfd.readouterr().err.endswith("out.html: No such file or directory\n")


@pytest.mark.parametrize(("no_colour", "coloured"), [(None, True), ("", True), ("1", False)])
def test_a_terminal_is_explained_to_in_colour_unless_it_is_not_wanted(no_colour, coloured, monkeypatch, tmp_path):
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


@pytest.mark.parametrize("command", ["restore", "explain", "quotations", "flatten", "score", "completion"])
def test_help_teaches_by_example(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    printed = capsys.readouterr().out
    assert f"  newsnorm {command} " in printed.split("examples:")[1]
    assert "exit status:" in printed


def test_every_example_of_the_help_is_one_that_is_understood(monkeypatch):
    seen = []
    for name in ("restore", "explain", "quotations", "flatten", "score", "completion"):
        monkeypatch.setattr(commands, name, seen.append)
    # What stands after three spaces says what the example does.
    for example in re.findall(r"newsnorm [a-z](?:(?!   )[^|>#)\n])*", "\n".join(cli._EXAMPLES.values())):
        assert main(shlex.split(example)[1:]) == 0, example
    assert len(seen) > 20


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
    printed = capsys.readouterr().out
    assert printed.startswith(f"newsnorm {version('newsnorm')}, model ")
    assert checksum(PACKAGED).startswith(printed.split()[-1])
    assert len(printed.split()[-1]) == 12


def test_version_names_the_model_even_if_it_is_damaged(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("newsnorm.model.PACKAGED", tmp_path)
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert ", model not usable: cannot read the model file" in capsys.readouterr().out


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


BASH = shutil.which("bash")


@pytest.mark.skipif(BASH is None, reason="what is printed for bash is tried in bash")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("newsnorm re", "restore"),
        ("newsnorm ", "restore explain quotations flatten score completion"),
        ("newsnorm restore --qu", "--quotes"),
        ("newsnorm restore --quotes ", "straight curly"),
        ("newsnorm explain --format h", "html"),
        ("newsnorm restore --format h", "html"),
        ("newsnorm flatten --format h", ""),
        ("newsnorm restore --kinds c", "case contractions"),
        ("newsnorm restore story", ""),
        ("newsnorm completion f", ""),
        ("newsnorm flatten --", "--help --encoding --field --format"),
    ],
)
def test_bash_completes(typed, expected, capfd):
    assert main(["completion", "bash"]) == 0
    words = typed.split(" ")
    asked = f"COMP_WORDS=({' '.join(map(shlex.quote, words))}); COMP_CWORD={len(words) - 1}; _newsnorm"
    script = f'{capfd.readouterr().out}\n{asked}; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run([BASH, "--norc", "-uc", script], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout == expected + "\n"


def test_other_shells_are_taught_the_same(capfd):
    main(["completion", "bash"])
    bash = capfd.readouterr().out
    main(["completion", "zsh"])
    assert capfd.readouterr().out.endswith("bashcompinit\n" + bash)
    main(["completion", "fish"])
    lines = capfd.readouterr().out.splitlines()
    assert "complete -c newsnorm -n __fish_use_subcommand -f -a restore -d 'restore flat text'" in lines
    seen = "complete -c newsnorm -n '__fish_seen_subcommand_from restore' -l"
    assert f"{seen} quotes -xa 'straight curly' -d 'style of the quotation marks'" in lines
    assert any(line.startswith(f"{seen} help -d 'show") for line in lines)


def test_whoever_types_is_told_how_to_end(monkeypatch, capfd):
    ours, theirs = os.openpty()
    with open(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        os.write(ours, b"It isn't.\n\x04")
        assert main(["flatten"]) == 0
    os.close(ours)
    got = capfd.readouterr()
    assert got.out == "it isn t\n"
    assert got.err.startswith("newsnorm: reading what you type here, up to Ctrl-D")


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
    monkeypatch.setattr(sys.modules["newsnorm.api"], "restore_many", interrupt)
    monkeypatch.setattr("newsnorm.folders.run.restore_files", interrupt)
    assert main(["restore", str(STORY), *out]) == 130
    said = ["newsnorm: interrupted"]
    if out:
        said = [
            f"{said[0]}: give the same command again to go on",
            "newsnorm: restored 0 files, skipped 0 finished, failed 0",
        ]
    assert capfd.readouterr().err.splitlines() == said


def test_texts_that_differ_are_not_scored(tmp_path, capfd):
    for name, text in (("gold", "U.S. troops left."), ("other", "The troops left.")):
        (tmp_path / name).write_text(text)
    files = [str(tmp_path / name) for name in ("gold", "other")]
    assert main(["score", *files]) == 1
    got = capfd.readouterr()
    assert got.out == ""
    assert got.err == "newsnorm: nothing is scored, the words differ: 0: 'U' vs 'The'; both have to be the same text\n"
    assert main(["score", "--json", *files]) == 1
    assert not json.loads(capfd.readouterr().out)["words_kept"]
