"""What `explain` prints for people: laid out, and safe to print."""

import json
import re
import sys
import unicodedata

import pytest

from newsnorm import Edit, Quotation, Restoration, explain
from newsnorm.cli import main
from newsnorm.files import jsonl as records
from newsnorm.view import terminal as report

#: Sent to a terminal raw, these clear it, rename its window, ring, overwrite the line or turn the text about.
COMMANDS = {
    "CSI": "\x1b[2J\x1b[31m",
    "OSC": "\x1b]0;owned\x07",
    "CSI in one character": "\x9b31m",
    "a byte of CSI that is not UTF-8": "\udc9b31m",
    "bell": "\x07",
    "backspace": "safe\x08\x08\x08\x08",
    "carriage return": "safe\rowned",
    "NUL": "\x00",
    "delete": "\x7f",
    "next line": "\x85",
    "right to left": "\u202eecilop\u202c",
    "isolate": "\u2066\u2067\u2068\u2069",
    "marks of direction": "\u200e\u200f\u061c",
}


def restoration(text):
    return Restoration(text, text, (), ())


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_terminal_is_told_nothing(command):
    printed = report.as_text(explain(f"the rebels{command} left yemen {command}"))
    assert not [c for c in printed if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]
    assert not [c for c in printed if unicodedata.bidirectional(c) in ("RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "PDF")]
    assert repr(command[0])[1:-1] in printed or command.startswith("safe")


def test_no_control_at_all_is_sent_but_line_ends_and_tabs():
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    sent = {c for c in report.as_text(restoration(every)) if unicodedata.category(c) in ("Cc", "Cs")}
    assert sent == {"\n", "\t"}


def test_what_people_read_is_printed_as_it_is():
    text = 'Line one.\nLine\ttwo.\r\n"Schöne Grüße," said 中文 🏳\ufe0f\u200d🌈 \\x1b הוא e\u0301.'
    assert report.as_text(restoration(text)).startswith(text + "\n\n")


def test_edits_and_quotations_are_counted():
    edits = (Edit(4, " ", "'", "contractions", 0.9), Edit(10, "", '"', "quotes", 0.8), Edit(12, "", '"', "quotes", 0.8))
    found = Restoration("iraq s so he", 'iraq\'s so "he"', edits, (Quotation(1, 2, "x", 0.5),))
    lines = report.as_text(found).splitlines()
    assert lines[-1] == "3 edits: 2 quotes, 1 contractions; 1 quotation"
    assert lines[3:6] == [
        "     4  contractions         0.900  ' ' -> \"'\"     iraq[']s so \"he\"",
        "    10  quotes               0.800  '' -> '\"'      iraq's so [\"]he\"",
        "    12  quotes               0.800  '' -> '\"'      iraq's so \"he[\"]",
    ]
    assert report.as_text(restoration("")).endswith("0 edits: none; 0 quotations")


def test_a_break_is_shown_in_its_row():
    edit = Edit(1, " ", "\n", "paragraphs", 0.5)
    assert report.as_text(Restoration("a b", "a\nb", (edit,), ())).splitlines()[4].endswith("a[¶]b")


def test_in_colour_each_edit_has_that_of_its_kind_and_doubts_are_dim():
    edits = (Edit(0, "i", "I", "case", 0.95), Edit(4, "", ",", "punctuation", 0.4))
    text, *_, last = report.as_text(Restoration("iraq", "Iraq,", edits, ()), colour=True).splitlines()
    assert text == "\x1b[34mI\x1b[0mraq\x1b[2;31m,\x1b[0m"
    assert last == "2 edits: 1 \x1b[34mcase\x1b[0m, 1 \x1b[31mpunctuation\x1b[0m; 0 quotations"


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_in_colour_a_terminal_is_told_nothing_else(command):
    found = explain(f"the rebels{command} left yemen {command}")
    coloured = report.as_text(found, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == report.as_text(found)


def test_an_edit_is_shown_safely_too():
    edit = Edit(0, "\x1b[2J", "\u202e", "case", 1.0)
    lines = report.as_text(Restoration("\x1b[2J", "\u202e", (edit,), ())).splitlines()
    assert lines[3].endswith(r"'\x1b[2J' -> '\u202e' [\u202e]")


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_programs_get_every_character(command):
    found = explain(f"the rebels{command} left")
    assert json.loads(records.write(report.as_fields(found))) == {
        "source": found.source,
        "text": found.text,
        "edits": [
            {name: getattr(edit, name) for name in ("offset", "before", "after", "kind", "probability")}
            for edit in found.edits
        ],
        "quotations": [],
    }
    assert command in found.text


def test_the_command_shows_and_restoring_keeps(capfdbinary, tmp_path):
    path = tmp_path / "flat"
    path.write_text("the rebels \x1b[2J left \x9b yemen\n", encoding="utf-8")
    assert main(["explain", str(path)]) == 0
    printed = capfdbinary.readouterr().out.decode()
    assert r"rebels \x1b[2J" in printed
    assert not {"\x1b", "\x9b"} & set(printed)
    assert main(["restore", str(path)]) == 0
    assert "rebels \x1b[2J" in capfdbinary.readouterr().out.decode()
