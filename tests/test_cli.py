import json
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


def test_bytes_that_are_not_utf8_come_back():
    assert b"\xff\xfe" in run("restore", given=b"iraq \xff\xfe s").stdout


def test_flatten(capfdbinary):
    main(["flatten", str(SEEDS / "conflict.txt")])
    assert capfdbinary.readouterr().out.decode() == flatten(STORIES["conflict"]) + "\n"


def test_score(capfdbinary, tmp_path):
    (tmp_path / "restored").write_text(restore(STORY.read_text()))
    main(["score", "--json", str(SEEDS / "conflict.txt"), str(tmp_path / "restored")])
    assert json.loads(capfdbinary.readouterr().out)["words_kept"] is True
    main(["score", str(SEEDS / "conflict.txt"), str(tmp_path / "restored")])
    assert b"quote_span" in capfdbinary.readouterr().out


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
        (["restore", "--quotes", "french"], "invalid choice: 'french'"),
        ([], "required"),
    ],
)
def test_wrong_arguments_exit_2(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert message in capsys.readouterr().err


def test_a_file_that_is_not_there_exits_1(capfd):
    assert main(["restore", "nowhere.txt"]) == 1
    assert "nowhere.txt" in capfd.readouterr().err


def test_a_model_that_is_not_there_exits_1(capfd):
    assert main(["restore", "--model", "nowhere", str(STORY)]) == 1
    assert "cannot read the model file" in capfd.readouterr().err


def test_a_reader_that_has_enough_is_no_error():
    command = f"{sys.executable} -m newsnorm restore {STORY} {STORY} {STORY} | head -c 10"
    got = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True)
    assert len(got.stdout) == 10
    assert b"Traceback" not in got.stderr


def test_version():
    assert run("--version").stdout.startswith(b"newsnorm ")
