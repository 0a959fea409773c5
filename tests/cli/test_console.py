"""The progress line, which a terminal shows and nothing else."""

import io
from types import SimpleNamespace

import pytest

from newsnorm.cli import main
from newsnorm.cli.console import Console

FLAT = "u s troops haven t left"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A terminal on standard error, and a clock that advances by a second at each reading."""
    made = Terminal()
    seconds = iter(range(10_000))
    monkeypatch.setattr("newsnorm.cli.console.sys", SimpleNamespace(stderr=made))
    monkeypatch.setattr("newsnorm.cli.console.time.monotonic", lambda: float(next(seconds)))
    return made


def test_a_terminal_shows_progress_and_the_time_left(terminal):
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


def test_a_message_first_clears_the_progress_line(terminal):
    console = Console()
    console.start(4_000_000, "MB")
    console.add(1_000_000)
    console.print_message("a.txt: gone")
    console.print_message("b.txt: gone")
    lines = ["", "newsnorm: 0.0 of 4.0 MB, 0 %", "newsnorm: 1.0 of 4.0 MB, 25 %, 4 s left", ""]
    assert terminal.getvalue() == "\r\x1b[K".join(lines) + "newsnorm: a.txt: gone\nnewsnorm: b.txt: gone\n"


def test_the_progress_line_is_not_redrawn_at_every_step(terminal, monkeypatch):
    console = Console()
    console.start(1000, "file")
    monkeypatch.setattr("newsnorm.cli.console.time.monotonic", lambda: 77.0)
    for _ in range(1000):
        console.add()
    assert terminal.getvalue().count("\r") == 2


def test_no_progress_is_shown_unless_standard_error_is_a_terminal(capsys):
    console = Console()
    console.start(10, "file")
    console.add()
    console.end()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [["restore"], ["restore", "--stream"], ["flatten"], ["explain"]])
def test_a_command_shows_its_progress_and_clears_it_at_the_end(arguments, terminal, tmp_path, capfdbinary):
    (tmp_path / "flat").write_text(FLAT)
    (tmp_path / "wire.jsonl").write_text(f'{{"text": "{FLAT}"}}\n')
    records = [] if "--stream" in arguments else [str(tmp_path / "wire.jsonl")]
    assert main([*arguments, str(tmp_path / "flat"), *records]) == 0
    assert " of 0.0 MB, 100 %" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert b"\r" not in capfdbinary.readouterr().out


def test_progress_through_a_folder_counts_files(terminal, tmp_path):
    (tmp_path / "wire").mkdir()
    (tmp_path / "wire" / "a.txt").write_text(FLAT)
    (tmp_path / "wire" / "b.txt").write_bytes(b"\xff")
    for _ in range(2):
        assert main(["restore", str(tmp_path / "wire"), "--out", str(tmp_path / "out")]) == 1
    assert "newsnorm: 2 of 2 files, 100 %" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[Knewsnorm: restored 0 files, skipped 1 finished, failed 1\n")


def test_no_progress_is_shown_if_the_total_size_is_unknown(terminal, tmp_path):
    assert main(["flatten", "/dev/null"]) == 0
    assert main(["flatten", str(tmp_path / "nowhere")]) == 1
    assert "%" not in terminal.getvalue()
