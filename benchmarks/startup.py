"""``startup``: what importing newsnorm and its first call cost, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks import data
from benchmarks.report import Bars, Result, Table, spread_cells
from benchmarks.timing import Spread, in_turns, ratios

#: What each process runs, and times by itself; the text comes in on standard input.
_PROCESS = """
import sys, time
text = sys.stdin.read()
begun = time.perf_counter()
{}
print(time.perf_counter() - begun, *sorted({{"numpy", "onnxruntime"}} & set(sys.modules)))
"""
BASE = "python -c pass"
STATEMENTS = {
    BASE: "pass",
    "import numpy": "import numpy",
    "import newsnorm": "import newsnorm",
    "import, restore a sentence": "import newsnorm; newsnorm.restore(text[:80])",
    "import, restore 600 words": "import newsnorm; newsnorm.restore(text)",
}


def run(stories: Sequence[str], *, repeats: int = 11) -> Result:
    """Start each statement in fresh processes, in turns, and compare the whole processes with an empty one."""
    text = data.take_words(data.flatten(stories), 600)
    works: dict[str, Callable[[], tuple[float, float, list[str]]]] = {
        name: partial(_start, statement, text) for name, statement in STATEMENTS.items()
    }
    # The round that is not counted writes the bytecode, and reads everything from the disk.
    results = in_turns(works, repeats, "startup")
    wholes = {name: [1000 * whole for whole, _, _ in runs] for name, runs in results.items()}
    insides = {name: Spread.of(1000 * inside for _, inside, _ in runs) for name, runs in results.items()}
    rows, figures = [], {}
    for name, whole in wholes.items():
        spread, ratio = Spread.of(whole), ratios(whole, wholes[BASE])
        rows.append([name, *spread_cells(spread), ratio.median, *spread_cells(insides[name])])
        figures[name] = {"process_ms": spread, "times_an_empty_process": ratio, "statement_ms": insides[name]}
    heads = ["process", "ms", "low", "high", "ratio to pass", "statement, ms", "low", "high"]
    loaded = sorted({module for _, _, modules in results["import newsnorm"] for module in modules})
    note = f"{repeats} fresh processes each, in turns; low and high are quartiles; `import newsnorm` imports "
    note += " and ".join(loaded) or "neither numpy nor onnxruntime"
    ours = [name for name in STATEMENTS if name not in (BASE, "import numpy")]
    panels = [
        Bars("The statement alone", "milliseconds", {n: s for n, s in insides.items() if n != BASE}, ours),
        Bars("The whole process", "milliseconds", {n: Spread.of(w) for n, w in wholes.items()}, ours),
    ]
    return Result("startup", [Table("startup", heads, rows, note)], {"startup": figures, "imported": loaded}, panels)


def _start(statement: str, text: str) -> tuple[float, float, list[str]]:
    """Run a statement in a fresh process: the seconds of the whole, those of the statement, and what it imported."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _PROCESS.format(statement)], input=text, capture_output=True, text=True, check=True
    )
    whole = time.perf_counter() - begun
    inside, *modules = done.stdout.split()
    return whole, float(inside), modules
