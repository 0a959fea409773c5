"""Functions that `memory` and `scaling` call in new processes; it imports nothing that would count as newsnorm's."""

from __future__ import annotations

import time
from collections import deque

from benchmarks.support.process import resident_memory

#: What a process does before its memory is read. Each of the first four stages includes the ones before it; the last
#: three differ in the texts that they restore.
STAGES = ("an empty process", "import newsnorm", "model loaded", "one article", "all articles", "a document of 1 MB")


def memory_after(stage: str, texts: list[str]) -> tuple[float, float]:
    """Run *stage* in a process that has done nothing else; return the resident memory, current and peak."""
    if stage != STAGES[0]:
        import newsnorm
    if stage not in STAGES[:2]:
        from newsnorm.model import load

        load()
        deque(newsnorm.restore_many(texts), maxlen=0)
    return resident_memory()


def time_long_text(text: str, baseline: str) -> dict[str, float]:
    """
    Restore *text* and *baseline*, each on one line.

    Returns:
        The seconds of both, and the resident memory, current and peak, before the baseline is restored again.
    """
    import newsnorm

    newsnorm.restore(" ".join(baseline.split()[:1000]))  # loads the model and warms up
    before = _seconds(baseline)
    taken = _seconds(text)
    now, peak = resident_memory()
    after = _seconds(baseline)
    # The baseline is timed on both sides, so that other load on the machine affects both times alike.
    return {"seconds": taken, "baseline": (before + after) / 2, "now_mb": now, "peak_mb": peak}


def _seconds(text: str) -> float:
    import newsnorm

    begun = time.perf_counter()
    newsnorm.restore(text)
    return time.perf_counter() - begun
