"""What `explain` prints on a terminal: its layout, and that it is safe to print."""

import json
import re
import sys
import unicodedata

import pytest
from strategies import CONTROLS

from newsnorm import Edit, Quotation, Restoration, explain
from newsnorm.cli import main
from newsnorm.files import jsonl
from newsnorm.view import terminal


def restoration(text):
    return Restoration(text, text, (), ())


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_no_control_sequence_reaches_the_terminal(control):
    printed = terminal.as_text(explain(f"the rebels{control} left yemen {control}"))
    assert not [c for c in printed if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]
    assert not [c for c in printed if unicodedata.bidirectional(c) in ("RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "PDF")]
    assert repr(control[0])[1:-1] in printed or control.startswith("safe")


def test_no_control_character_is_printed_except_line_ends_and_tabs():
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    sent = {c for c in terminal.as_text(restoration(every)) if unicodedata.category(c) in ("Cc", "Cs")}
    assert sent == {"\n", "\t"}


def test_readable_text_is_printed_unchanged():
    text = 'Line one.\nLine\ttwo.\r\n"Schöne Grüße," said 中文 🏳\ufe0f\u200d🌈 \\x1b הוא e\u0301.'
    assert terminal.as_text(restoration(text)).startswith(text + "\n\n")


def test_edits_and_quotations_are_listed_and_counted():
    edits = (Edit(4, " ", "'", "contractions", 0.9), Edit(10, "", '"', "quotes", 0.8), Edit(12, "", '"', "quotes", 0.8))
    found = Restoration("iraq s so he", 'iraq\'s so "he"', edits, (Quotation(1, 2, "x", 0.5),))
    lines = terminal.as_text(found).splitlines()
    assert lines[-1] == "3 edits: 2 quotes, 1 contractions; 1 quotation"
    assert lines[3:6] == [
        "     4  contractions         0.900  ' ' -> \"'\"     iraq[']s so \"he\"",
        "    10  quotes               0.800  '' -> '\"'      iraq's so [\"]he\"",
        "    12  quotes               0.800  '' -> '\"'      iraq's so \"he[\"]",
    ]
    assert terminal.as_text(restoration("")).endswith("0 edits: none; 0 quotations")


def test_a_paragraph_break_is_shown_as_a_pilcrow():
    edit = Edit(1, " ", "\n", "paragraphs", 0.5)
    assert terminal.as_text(Restoration("a b", "a\nb", (edit,), ())).splitlines()[4].endswith("a[¶]b")


def test_in_colour_each_kind_has_its_own_and_doubtful_edits_are_dim():
    edits = (Edit(0, "i", "I", "case", 0.95), Edit(4, "", ",", "punctuation", 0.4))
    text, *_, last = terminal.as_text(Restoration("iraq", "Iraq,", edits, ()), colour=True).splitlines()
    assert text == "\x1b[34mI\x1b[0mraq\x1b[2;31m,\x1b[0m"
    assert last == "2 edits: 1 \x1b[34mcase\x1b[0m, 1 \x1b[31mpunctuation\x1b[0m; 0 quotations"


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_in_colour_only_colour_sequences_are_added(control):
    found = explain(f"the rebels{control} left yemen {control}")
    coloured = terminal.as_text(found, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == terminal.as_text(found)


def test_control_characters_in_an_edit_are_escaped():
    edit = Edit(0, "\x1b[2J", "\u202e", "case", 1.0)
    lines = terminal.as_text(Restoration("\x1b[2J", "\u202e", (edit,), ())).splitlines()
    assert lines[3].endswith(r"'\x1b[2J' -> '\u202e' [\u202e]")


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_json_output_keeps_every_character(control):
    found = explain(f"the rebels{control} left")
    assert json.loads(jsonl.write(terminal.as_fields(found))) == {
        "source": found.source,
        "text": found.text,
        "edits": [
            {name: getattr(edit, name) for name in ("offset", "before", "after", "kind", "probability")}
            for edit in found.edits
        ],
        "quotations": [],
    }
    assert control in found.text


def test_explain_escapes_control_characters_and_restore_keeps_them(capfdbinary, tmp_path):
    path = tmp_path / "flat"
    path.write_text("the rebels \x1b[2J left \x9b yemen\n", encoding="utf-8")
    assert main(["explain", str(path)]) == 0
    printed = capfdbinary.readouterr().out.decode()
    assert r"rebels \x1b[2J" in printed
    assert not {"\x1b", "\x9b"} & set(printed)
    assert main(["restore", str(path)]) == 0
    assert "rebels \x1b[2J" in capfdbinary.readouterr().out.decode()
