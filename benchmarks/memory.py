"""``memory``: what newsnorm holds resident at each stage, every stage in fresh processes."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import data
from benchmarks.process import fresh
from benchmarks.report import Bars, Cell, Result, Table
from benchmarks.stages import STAGES
from benchmarks.timing import Spread, progress

MEGABYTE = 1_000_000


def run(stories: Sequence[str], *, repeats: int = 3, characters: int = MEGABYTE) -> Result:
    """Measure every stage *repeats* times, in turns; the document of 1 MB has so many *characters*."""
    flat = data.flatten(stories)
    document = data.take_characters(flat, characters)
    given = {"one article": flat[:1], "all articles": flat, "a document of 1 MB": [document]}
    measured: dict[str, list[tuple[float, float]]] = {stage: [] for stage in STAGES}
    turns = [stage for _ in range(repeats) for stage in STAGES]
    for stage in progress(turns, "memory"):
        measured[stage].append(fresh("benchmarks.stages", "stand_at", stage, given.get(stage, [])))
    now = {stage: Spread.of(one for one, _ in figures) for stage, figures in measured.items()}
    peak = {stage: Spread.of(one for _, one in figures) for stage, figures in measured.items()}
    empty = now[STAGES[0]].median
    rows: list[list[Cell]] = [
        [stage, now[stage].median, peak[stage].median, peak[stage].median / empty] for stage in STAGES
    ]
    title = f"memory: resident, MB (a million bytes); {data.count_words(flat):,} words in all articles"
    note = f"medians of {repeats} fresh processes; the document has {len(document):,} characters on one line"
    table = Table(title, ["after", "now", "peak", "peak, ratio to empty"], rows, note)
    figures = {stage: {"now_mb": now[stage], "peak_mb": peak[stage]} for stage in STAGES}
    panel = Bars("Resident memory, at its peak", "MB", peak, STAGES[1:])
    return Result("memory", [table], {"memory": figures, "document_characters": len(document)}, [panel])
