"""``memory``: the resident memory at each stage, in new processes."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.support import data
from benchmarks.support.process import call_in_new_process
from benchmarks.support.result import Bars, Cell, Result, Table
from benchmarks.support.stages import STAGES
from benchmarks.support.timing import Spread, progress

MEGABYTE = 1_000_000


def run(stories: Sequence[str], *, repeats: int = 3, characters: int = MEGABYTE) -> Result:
    """Measure every stage *repeats* times, interleaved; the document of 1 MB has *characters* characters."""
    flat = data.flatten(stories)
    document = data.take_characters(flat, characters)
    texts = {"one article": flat[:1], "all articles": flat, "a document of 1 MB": [document]}
    measured: dict[str, list[tuple[float, float]]] = {stage: [] for stage in STAGES}
    interleaved = [stage for _ in range(repeats) for stage in STAGES]
    for stage in progress(interleaved, "memory"):
        found = call_in_new_process("benchmarks.support.stages", "memory_after", stage, texts.get(stage, []))
        measured[stage].append(found)
    now = {stage: Spread.of(one for one, _ in pairs) for stage, pairs in measured.items()}
    peak = {stage: Spread.of(one for _, one in pairs) for stage, pairs in measured.items()}
    empty = now[STAGES[0]].median
    rows: list[list[Cell]] = [
        [stage, now[stage].median, peak[stage].median, peak[stage].median / empty] for stage in STAGES
    ]
    title = f"memory: resident, MB (1,000,000 bytes); {data.count_words(flat):,} words in all articles"
    note = f"medians of {repeats} new processes; the document has {len(document):,} characters on one line"
    table = Table(title, ["after", "now", "peak", "peak, ratio to empty"], rows, note)
    results = {stage: {"now_mb": now[stage], "peak_mb": peak[stage]} for stage in STAGES}
    panel = Bars("Peak resident memory", "MB", peak, STAGES[1:])
    return Result("memory", [table], {"memory": results, "document_characters": len(document)}, [panel])
