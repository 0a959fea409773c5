"""What runs in the fresh processes of `memory` and `scaling`: imports nothing that would be counted as newsnorm's."""

from __future__ import annotations

import time
from collections import deque

from benchmarks.process import resident

#: What is done before memory is read; each stage does all that the ones before it do, but for the last two.
STAGES = ("an empty process", "import newsnorm", "model loaded", "one article", "all articles", "a document of 1 MB")


def stand_at(stage: str, texts: list[str]) -> tuple[float, float]:
    """Do what *stage* says, in a process that has done nothing else; return what is resident, now and at the peak."""
    if stage != STAGES[0]:
        import newsnorm
    if stage not in STAGES[:2]:
        from newsnorm.model import load

        load()
        deque(newsnorm.restore_many(texts), maxlen=0)
    return resident()


def restore_long(text: str, baseline: str) -> dict[str, float]:
    """
    Restore *text* and *baseline*, each on one line.

    Returns:
        The seconds of both, and what was resident at the peak before the baseline came.
    """
    import newsnorm

    newsnorm.restore(" ".join(baseline.split()[:1000]))  # to load the model, and warm up
    before = _seconds(baseline)
    taken = _seconds(text)
    now, peak = resident()
    after = _seconds(baseline)
    # The baseline on both sides: whatever else the machine does meanwhile weighs on both.
    return {"seconds": taken, "baseline": (before + after) / 2, "now_mb": now, "peak_mb": peak}


def _seconds(text: str) -> float:
    import newsnorm

    begun = time.perf_counter()
    newsnorm.restore(text)
    return time.perf_counter() - begun
