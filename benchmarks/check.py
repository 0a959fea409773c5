"""``check``: compares results with the floors in ``floors.json``; fast enough to run for every change."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import quality
from benchmarks.support import data
from benchmarks.support.process import call_in_new_process, pin_to_one_core, resident_memory
from benchmarks.support.result import Result, Table
from benchmarks.support.timing import ratios, run_interleaved, timed, yardstick

FLOORS = Path(__file__).with_name("floors.json")
#: Words of the text that is timed, characters of the text whose memory is measured, and rounds of timing.
WORDS, CHARACTERS, ROUNDS = 2_000, 200_000, 5


def measure(stories: Sequence[str]) -> dict[str, float]:
    """Measure everything that has a floor, and return it under the names that ``floors.json`` uses."""
    result = quality.run(stories)
    score: Any = result.data["score"]
    measured = {f"quality.{name}": one["f1"] for name, one in score.items() if isinstance(one, dict)}
    flat = data.flatten(stories)
    text = data.take_words(flat, WORDS)
    measured["speed.words_per_yardstick"] = call_in_new_process(__name__, "words_per_yardstick", text, ROUNDS)
    line = data.take_characters(flat, CHARACTERS)
    measured["memory.peak_mb"] = call_in_new_process(__name__, "peak_memory", line)
    return measured


def compare(floors: Mapping[str, Mapping[str, float]], measured: Mapping[str, float]) -> list[str]:
    """
    Compare *measured* with *floors*; return a line for each missed floor: its name, the value, and what to do.

    >>> floors = {"quality.case": {"least": 90}, "memory.peak_mb": {"most": 9}}
    >>> compare(floors, {"quality.case": 91, "memory.peak_mb": 8})
    []
    """
    missed = []
    for name, bound in floors.items():
        if name not in measured:
            known = ", ".join(sorted(measured))
            raise SystemExit(f"{FLOORS.name} has a floor for {name!r}, which is not measured; measured are {known}")
        value = measured[name]
        advice = _ADVICE[name.split(".")[0]]
        if "least" in bound and not value >= bound["least"]:
            missed.append(f"{name} is {value:.4g}, below its floor of {bound['least']:g}: {advice}")
        if "most" in bound and not value <= bound["most"]:
            missed.append(f"{name} is {value:.4g}, above its ceiling of {bound['most']:g}: {advice}")
    return missed


_LOWER = f"If the change is worth it, set another bound in benchmarks/{FLOORS.name} in the same commit, and say why."
_ADVICE = {
    "quality": f"see what changed with `python -m benchmarks quality` before and after. {_LOWER}",
    "speed": f"run it again on a quiet machine; then compare `python -m benchmarks speed` before and after. {_LOWER}",
    "memory": f"see which stage grew with `python -m benchmarks memory` before and after. {_LOWER}",
}


def run(stories: Sequence[str], floors: Path = FLOORS) -> tuple[Result, list[str]]:
    """Measure, compare with the file *floors*, and return the result and a line for each missed floor."""
    bounds: dict[str, dict[str, float]] = json.loads(floors.read_text(encoding="utf-8"))["floors"]
    measured = measure(stories)
    missed = compare(bounds, measured)
    failed = {line.split(" ", 1)[0] for line in missed}
    rows = [
        [name, bound.get("least"), bound.get("most"), measured[name], "MISSED" if name in failed else "kept"]
        for name, bound in bounds.items()
    ]
    table = Table("check", ["result", "at least", "at most", "measured", ""], rows)
    return Result("check", [table], {"figures": measured, "missed": missed}), missed


def words_per_yardstick(text: str, rounds: int) -> float:
    """Return the number of words that one core restores in the time of one yardstick; the median of *rounds* rounds."""
    pin_to_one_core()
    import newsnorm

    times = run_interleaved(
        {"restore": timed(lambda: newsnorm.restore(text)), "yardstick": timed(yardstick)}, rounds, "check"
    )
    return len(text.split()) / ratios(times["restore"], times["yardstick"]).median


def peak_memory(text: str) -> float:
    """Restore one long line in this process; return the peak resident memory, in MB."""
    import newsnorm

    deque(newsnorm.restore_many([text]), maxlen=0)
    return resident_memory()[1]
