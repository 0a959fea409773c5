"""Hostile text takes no longer than other text of its length. No clock is read: steps are counted, or rationed.

A step of Python code is a line that is run, so that a loop within a loop shows at a few thousand characters. What one
call into a regular expression or an array does is not seen in that way: there the system itself ends a process that
takes a hundred times the processor time that it needs.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import regex
from wild import WildScorer

import newsnorm
from newsnorm.labels import canonical

#: Pieces that are repeated: alone they make a single gap or a single word, or many words with the same gap.
SOLID = {
    "dots": ".",
    "dots apart": ". ",
    "dots far apart": ".  ",
    "dots with fixed spaces": ".\xa0",
    "dots and brackets": ".)",
    "dots, marks and brackets": ".'\")]",
    "commas": ",",
    "dashes": "-",
    "dashes apart": " - ",
    "long dashes": "—",
    "spaces": " ",
    "tabs": "\t",
    "file separators": "\x1c",
    "line ends": "\n",
    "line ends and spaces": "\n ",
    "double marks": '"',
    "single marks": "'",
    "grave accents": "`",
    "marks in turn": "\"'",
    "curly marks": "“”",
    "curly marks that open": "“‘",
    "curly marks that close": "’”",
    "brackets that open": "(",
    "brackets that close": ")",
    "brackets": "([])",
    "combining marks": "\u0301",
    "controls": "\x00",
    "half pairs": "\ud800",
    "joiners": "\u200d",
    "emoji": "🙂",
    "a letter": "a",
    "a capital": "A",
    "letters with accents": "e\u0301",
    "digits": "1",
    "letters without a capital": "中",
}
DENSE = {
    "words": "a ",
    "words in capitals": "THE ",
    "words in lines": "a\n",
    "words in paragraphs": 'a "b\n\n',
    "words apart": "a" + " " * 40,
    "marks that open": 'a "',
    "marks that close": 'a" ',
    "single marks that open": "a '",
    "single marks that close": "a' ",
    "marks of all kinds": "\"'a'\" ",
    "grave accents and marks": "``a'' ",
    "brackets that open": "a (",
    "brackets that close": "a) ",
    "brackets of both kinds": "([a) ]",
    "marks and brackets that open": 'a ("',
    "brackets and marks that open": 'a "(',
    "dots": "a. ",
    "ellipses": "a ... ",
    "abbreviations": "u.s.",
    "joined": "a-",
    "addresses": "a/b?c=",
    "dashes": "a — ",
    "numbers": "1,",
    "clipped": "'80s ",
    "a sentence": '"I don\'t (know)," he said — twice. ',
}


def wild():
    return WildScorer(3)


FUNCTIONS = {
    "flatten": newsnorm.flatten,
    "canonical": canonical,
    "score": lambda text: newsnorm.score(text, text.lower()),
    "restore": lambda text: newsnorm.restore(text, quotes="curly", paragraphs=True, model=wild()),
    "stream": lambda text: "".join(newsnorm.stream([text], model=wild())),
}

# --- Python code ------------------------------------------------------------------------------------------------------

PACKAGE = str(Path(newsnorm.__file__).parent)


def lines_run(function, text):
    """Count the lines of newsnorm that *function* runs; a turn of a loop is a line at least."""
    count = 0

    def count_lines(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return count_lines

    def enter(frame, _event, _argument):
        return count_lines if frame.f_code.co_filename.startswith(PACKAGE) else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        function(text)
    finally:
        sys.settrace(before)
    return count


def fill(piece, length):
    return (piece * (length // len(piece) + 1))[:length]


SHORT, TIMES = 100, 8


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_text_eight_times_as_long_takes_no_more_than_twelve_times_the_steps(function, monkeypatch):
    """Twelve and not eight, because the ends of a text weigh less in a longer one; a loop in a loop makes it 64."""
    # So that a short text, too, is cut.
    monkeypatch.setattr(sys.modules["newsnorm.streaming"], "HELD", 32)
    steps = {}
    for name, piece in (SOLID | DENSE).items():
        short, long = fill(piece, SHORT), fill(piece, SHORT * TIMES)
        function(long)  # so that what is remembered is remembered for both
        steps[name] = lines_run(function, short), lines_run(function, long)
    assert {name: found for name, found in steps.items() if found[1] > 12 * found[0]} == {}


def test_counting_finds_a_loop_in_a_loop():
    code = compile(
        "def quadratic(text):\n    for _ in text:\n        for _ in text:\n            pass", PACKAGE, "exec"
    )
    made = {}
    exec(code, made)  # noqa: S102 - a function that seems to be newsnorm's
    assert lines_run(made["quadratic"], "a" * 80) > 50 * lines_run(made["quadratic"], "a" * 10)


# --- regular expressions and arrays -----------------------------------------------------------------------------------

LONG = 100_000
#: Processor seconds for one function on one text. It needs a tenth of one; if its time grew with the square of the
#: length, it would need from ten to a hundred.
RATION = 2
PATTERN_TYPES = (re.Pattern, regex.Pattern)


def patterns():
    """Find every regular expression that a module of newsnorm holds."""
    found = {}
    for module in pkgutil.walk_packages(newsnorm.__path__, "newsnorm."):
        if "training" not in module.name and not module.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, PATTERN_TYPES):
                    found[f"{module.name}.{name}"] = value
    return found


def try_patterns():
    for piece in (SOLID | DENSE).values():
        # Behind the piece is something that a pattern may have waited for in vain.
        text = f"a{fill(piece, LONG)}\x00"
        for name, pattern in patterns().items():
            yield f"{name} on {piece!r}", partial(pattern.sub, "", text)


def try_functions():
    for piece in SOLID.values():
        for name, function in FUNCTIONS.items():
            yield f"{name} on {piece!r}", partial(function, fill(piece, LONG))


def rationed(trials):
    """Run each of *trials* on its ration, in a process that the system ends when one has used it up."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    for name, trial in trials:
        used = resource.getrusage(resource.RUSAGE_SELF)
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + RATION, most))
        trial()


def run_rationed(name):
    code = f"import test_linear as t; t.rationed(t.{name}())"
    here = Path(__file__).parent
    path = os.pathsep.join([str(here), str(here.parent / "support")])
    got = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}
    )
    tried = got.stdout.splitlines()
    assert got.returncode != -signal.SIGXCPU, f"used its ration up: {tried[-1]}"
    assert got.returncode == 0, got.stderr
    return tried


rations = pytest.mark.skipif(sys.platform == "win32", reason="Windows gives no rations of processor time")


@rations
def test_regular_expressions_keep_to_their_ration():
    names = {line.split(" on ")[0] for line in run_rationed("try_patterns")}
    assert names == set(patterns())
    assert {"newsnorm.words.WORD", "newsnorm.labels.separators._DOTS", "newsnorm.metrics._WORD"} <= names


@rations
def test_functions_keep_to_their_ration():
    assert len(run_rationed("try_functions")) == len(SOLID) * len(FUNCTIONS)


def quadratic():
    yield "(a|a)*b", lambda: re.findall("a*b", "a" * LONG)


@rations
def test_the_ration_ends_a_quadratic_expression():
    with pytest.raises(AssertionError, match="used its ration up"):
        run_rationed("quadratic")
