"""``streaming``: the resident memory of `newsnorm.stream` as a synthetic text of many megabytes goes through it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import newsnorm
from benchmarks import data
from benchmarks.process import resident
from benchmarks.report import Lines, Result, Table
from benchmarks.synthetic import TableScorer, blocks


def run(stories: Sequence[str], *, megabytes: int = 10, without_encoder: bool = False) -> Result:
    """Stream so many million characters; *without_encoder* with scores from a table, which takes minutes a gigabyte."""
    flat = data.flatten(stories)
    model = TableScorer() if without_encoder else None
    read = written = words = 0
    rows: list[list[float]] = []

    def chunks() -> Iterator[str]:
        nonlocal read
        for block in blocks(flat, megabytes):
            read += len(block)
            yield block

    heads = ["MB read", "MB written", "resident, MB", "words/s"]
    begun, step = time.perf_counter(), max(1, megabytes // 20)
    due = min(10, step)
    for piece in newsnorm.stream(chunks(), model=model):
        written += len(piece)
        words += len(piece.split())
        if read >= due * 1_000_000:
            rows.append([read / 1e6, written / 1e6, resident()[0], words / (time.perf_counter() - begun)])
            # As it goes: a gigabyte takes a while.
            print("  ".join(f"{head} {figure:,.1f}" for head, figure in zip(heads, rows[-1], strict=True)), flush=True)
            due = due + step if due % step == 0 else step
    now, peak = resident()
    rows.append([read / 1e6, written / 1e6, now, words / (time.perf_counter() - begun)])
    growth = max(row[2] for row in rows) - rows[0][2]
    note = f"peak {peak:.1f} MB; at most {growth:+.1f} MB against what was resident at {rows[0][0]:.0f} MB"
    title = f"streaming {megabytes:,} MB{', scores from a table' if without_encoder else ''}"
    points = [(row[0], row[2]) for row in rows]
    figures = {"rows": [dict(zip(heads, row, strict=True)) for row in rows], "peak_mb": peak, "growth_mb": growth}
    panel = Lines("Resident while streaming", "MB read", "MB", {"": points})
    return Result("streaming", [Table(title, heads, rows, note)], figures, [panel])
