"""``check``: fails below the floors of ``floors.json``; cheap enough for every change."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import data, quality
from benchmarks.process import fresh, pin_to_one_core, resident
from benchmarks.report import Result, Table
from benchmarks.timing import in_turns, ratios, seconds

FLOORS = Path(__file__).with_name("floors.json")
#: What `restoring` is timed on: words of the speed, characters of the memory.
WORDS, CHARACTERS, TURNS = 2_000, 200_000, 5


def measure(stories: Sequence[str]) -> dict[str, float]:
    """Measure all that a floor is set for, under the names that ``floors.json`` uses."""
    result = quality.run(stories)
    score: Any = result.data["score"]
    figures = {f"quality.{name}": one["f1"] for name, one in score.items() if isinstance(one, dict)}
    flat = data.flatten(stories)
    figures["speed.words_per_yardstick"] = fresh("benchmarks.check", "pace", data.take_words(flat, WORDS), TURNS)
    figures["memory.peak_mb"] = fresh("benchmarks.check", "peak", data.take_characters(flat, CHARACTERS))
    return figures


def compare(floors: Mapping[str, Mapping[str, float]], figures: Mapping[str, float]) -> list[str]:
    """
    Compare *figures* with *floors*; say of each one missed what it is, what was measured and what to do.

    >>> floors = {"quality.case": {"least": 90}, "memory.peak_mb": {"most": 9}}
    >>> compare(floors, {"quality.case": 91, "memory.peak_mb": 8})
    []
    """
    missed = []
    for name, bound in floors.items():
        if name not in figures:
            known = ", ".join(sorted(figures))
            raise SystemExit(f"{FLOORS.name} has a floor for {name!r}, which is not measured; measured are {known}")
        figure = figures[name]
        advice = _ADVICE[name.split(".")[0]]
        if "least" in bound and not figure >= bound["least"]:
            missed.append(f"{name} is {figure:.4g}, below its floor of {bound['least']:g}: {advice}")
        if "most" in bound and not figure <= bound["most"]:
            missed.append(f"{name} is {figure:.4g}, above its ceiling of {bound['most']:g}: {advice}")
    return missed


_LOWER = f"If the change is worth it, set another bound in benchmarks/{FLOORS.name} in the same commit, and say why."
_ADVICE = {
    "quality": f"see what changed with `python -m benchmarks quality` before and after. {_LOWER}",
    "speed": f"run it again on a quiet machine; then compare `python -m benchmarks speed` before and after. {_LOWER}",
    "memory": f"see which stage grew with `python -m benchmarks memory` before and after. {_LOWER}",
}


def run(stories: Sequence[str], floors: Path = FLOORS) -> tuple[Result, list[str]]:
    """Measure, compare with the file *floors*, and return the floors that were missed beside the result."""
    bounds: dict[str, dict[str, float]] = json.loads(floors.read_text(encoding="utf-8"))["floors"]
    figures = measure(stories)
    missed = compare(bounds, figures)
    failed = {line.split(" ", 1)[0] for line in missed}
    rows = [
        [name, bound.get("least"), bound.get("most"), figures[name], "MISSED" if name in failed else "kept"]
        for name, bound in bounds.items()
    ]
    table = Table("check", ["figure", "at least", "at most", "measured", ""], rows)
    return Result("check", [table], {"figures": figures, "missed": missed}), missed


def pace(text: str, turns: int) -> float:
    """Count the words that one core restores in the time of one yardstick; the median of some turns."""
    pin_to_one_core()
    import newsnorm
    from benchmarks.speed import yardstick

    times = in_turns(
        {"restore": seconds(lambda: newsnorm.restore(text)), "yardstick": seconds(yardstick)}, turns, "check"
    )
    return len(text.split()) / ratios(times["restore"], times["yardstick"]).median


def peak(text: str) -> float:
    """Restore one long line in this process; return what was resident at the peak, in MB."""
    import newsnorm

    deque(newsnorm.restore_many([text]), maxlen=0)
    return resident()[1]
