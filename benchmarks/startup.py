"""``startup``: the time of importing newsnorm and of the first call, in new processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.support import data
from benchmarks.support.report import spread_cells
from benchmarks.support.result import Bars, Result, Table
from benchmarks.support.timing import Spread, ratios, run_interleaved

#: Each process reads the text from standard input, then runs and times one statement.
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
    """Run each statement in new processes, interleaved, and compare each process with an empty one."""
    text = data.take_words(data.flatten(stories), 600)
    works: dict[str, Callable[[], tuple[float, float, list[str]]]] = {
        name: partial(_run_process, statement, text) for name, statement in STATEMENTS.items()
    }
    # The warm-up round compiles the bytecode, and loads all files into the disk cache.
    runs = run_interleaved(works, repeats, "startup")
    processes = {name: [1000 * whole for whole, _, _ in found] for name, found in runs.items()}
    statements = {name: Spread.of(1000 * inside for _, inside, _ in found) for name, found in runs.items()}
    rows, results = [], {}
    for name, whole in processes.items():
        spread, ratio = Spread.of(whole), ratios(whole, processes[BASE])
        rows.append([name, *spread_cells(spread), ratio.median, *spread_cells(statements[name])])
        results[name] = {"process_ms": spread, "times_an_empty_process": ratio, "statement_ms": statements[name]}
    heads = ["process", "ms", "low", "high", "ratio to pass", "statement, ms", "low", "high"]
    loaded = sorted({module for _, _, modules in runs["import newsnorm"] for module in modules})
    note = f"{repeats} new processes each, interleaved; low and high are quartiles; `import newsnorm` imports "
    note += " and ".join(loaded) or "neither numpy nor onnxruntime"
    ours = [name for name in STATEMENTS if name not in (BASE, "import numpy")]
    panels = [
        Bars("The statement alone", "milliseconds", {n: s for n, s in statements.items() if n != BASE}, ours),
        Bars("The whole process", "milliseconds", {n: Spread.of(w) for n, w in processes.items()}, ours),
    ]
    return Result("startup", [Table("startup", heads, rows, note)], {"startup": results, "imported": loaded}, panels)


def _run_process(statement: str, text: str) -> tuple[float, float, list[str]]:
    """Run a statement in a new process; return the seconds of the process and of the statement, and its imports."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _PROCESS.format(statement)], input=text, capture_output=True, text=True, check=True
    )
    whole = time.perf_counter() - begun
    inside, *modules = done.stdout.split()
    return whole, float(inside), modules
