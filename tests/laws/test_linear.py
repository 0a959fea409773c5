"""Hostile text takes no longer than other text of the same length. Steps or CPU time are limited; no clock is read.

In Python code a step is a line that is run, so a nested loop shows at a few hundred characters. The work inside one
call of a regular expression or an array function does not show in lines. There the operating system kills a process
that uses many times the CPU time it needs.
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
from steps import PACKAGE, lines_run
from wild import WildScorer

import newsnorm
from newsnorm.labels import canonical

#: Pieces to repeat: one of `SOLID` becomes a single gap or a single word, one of `DENSE` many words and gaps.
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
    "alternating marks": "\"'",
    "curly marks": "“”",
    "curly marks that open": "“‘",
    "curly marks that close": "’”",
    "brackets that open": "(",
    "brackets that close": ")",
    "brackets": "([])",
    "combining marks": "\u0301",
    "controls": "\x00",
    "lone surrogates": "\ud800",
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


def fill(piece, length):
    return (piece * (length // len(piece) + 1))[:length]


SHORT, TIMES = 100, 8


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_text_eight_times_as_long_takes_at_most_twelve_times_the_steps(function, monkeypatch):
    """Twelve, not eight, because the ends of a text weigh less in a longer one. A nested loop would make it 64."""
    # So that even the short text is split.
    monkeypatch.setattr(newsnorm.streaming, "BUFFERED_WORDS", 32)
    steps = {}
    for name, piece in (SOLID | DENSE).items():
        short, long = fill(piece, SHORT), fill(piece, SHORT * TIMES)
        function(long)  # fills the caches for both
        steps[name] = lines_run(function, short), lines_run(function, long)
    assert {name: found for name, found in steps.items() if found[1] > 12 * found[0]} == {}


def test_counting_detects_a_nested_loop():
    code = compile(
        "def quadratic(text):\n    for _ in text:\n        for _ in text:\n            pass", PACKAGE, "exec"
    )
    made = {}
    exec(code, made)  # noqa: S102 - a function that appears to be newsnorm's
    assert lines_run(made["quadratic"], "a" * 80) > 50 * lines_run(made["quadratic"], "a" * 10)


# --- regular expressions and arrays -----------------------------------------------------------------------------------

LONG = 100_000
#: CPU seconds for one function on one text. It needs a tenth of a second; if its time grew with the square of the
#: length, it would need ten to a hundred seconds.
CPU_LIMIT = 2
PATTERN_TYPES = (re.Pattern, regex.Pattern)


def patterns():
    """Return every regular expression of newsnorm by the name of its module and its own."""
    found = {}
    for module in pkgutil.walk_packages(newsnorm.__path__, "newsnorm."):
        if "training" not in module.name and not module.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, PATTERN_TYPES):
                    found[f"{module.name}.{name}"] = value
    return found


def try_patterns():
    for piece in (SOLID | DENSE).values():
        # The last character makes a pattern fail that matched up to it.
        text = f"a{fill(piece, LONG)}\x00"
        for name, pattern in patterns().items():
            yield f"{name} on {piece!r}", partial(pattern.sub, "", text)


def try_functions():
    for piece in SOLID.values():
        for name, function in FUNCTIONS.items():
            yield f"{name} on {piece!r}", partial(function, fill(piece, LONG))


def run_limited(trials):
    """Run each of *trials*; the operating system kills the process when one exceeds the limit."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    for name, trial in trials:
        used = resource.getrusage(resource.RUSAGE_SELF)
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_LIMIT, most))
        trial()


def run_in_limited_process(name):
    code = f"import test_linear as t; t.run_limited(t.{name}())"
    here = Path(__file__).parent
    path = os.pathsep.join([str(here), str(here.parent / "support")])
    got = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}
    )
    tried = got.stdout.splitlines()
    assert got.returncode != -signal.SIGXCPU, f"exceeded the CPU limit: {tried[-1]}"
    assert got.returncode == 0, got.stderr
    return tried


needs_cpu_limits = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits on CPU time")


@needs_cpu_limits
def test_regular_expressions_stay_within_the_cpu_limit():
    names = {line.split(" on ")[0] for line in run_in_limited_process("try_patterns")}
    assert names == set(patterns())
    assert {"newsnorm.words.WORD", "newsnorm.labels.separators._DOTS", "newsnorm.metrics._WORD"} <= names


@needs_cpu_limits
def test_functions_stay_within_the_cpu_limit():
    assert len(run_in_limited_process("try_functions")) == len(SOLID) * len(FUNCTIONS)


def quadratic():
    yield "(a|a)*b", lambda: re.findall("a*b", "a" * LONG)


@needs_cpu_limits
def test_the_cpu_limit_stops_a_quadratic_expression():
    with pytest.raises(AssertionError, match="exceeded the CPU limit"):
        run_in_limited_process("quadratic")
