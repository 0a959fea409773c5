"""``streaming``: the resident memory of `newsnorm.stream` while it processes a synthetic text of many megabytes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

import newsnorm
from benchmarks.support import data
from benchmarks.support.internals import table_scorer
from benchmarks.support.process import resident_memory
from benchmarks.support.result import Lines, Result, Table

#: About the number of characters that a program reads from a pipe at a time.
BLOCK = 65_536


def run(stories: Sequence[str], *, megabytes: int = 10, without_encoder: bool = False) -> Result:
    """Stream *megabytes* million characters; *without_encoder* takes scores from a table: minutes per gigabyte."""
    flat = data.flatten(stories)
    model = table_scorer() if without_encoder else None
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
            rows.append([read / 1e6, written / 1e6, resident_memory()[0], words / (time.perf_counter() - begun)])
            # Printed at once, because a gigabyte takes long.
            print("  ".join(f"{head} {value:,.1f}" for head, value in zip(heads, rows[-1], strict=True)), flush=True)
            due = due + step if due % step == 0 else step
    now, peak = resident_memory()
    rows.append([read / 1e6, written / 1e6, now, words / (time.perf_counter() - begun)])
    growth = max(row[2] for row in rows) - rows[0][2]
    note = f"peak {peak:.1f} MB; largest growth {growth:+.1f} MB since {rows[0][0]:.0f} MB were read"
    title = f"streaming {megabytes:,} MB{', scores from a table' if without_encoder else ''}"
    points = [(row[0], row[2]) for row in rows]
    results = {"rows": [dict(zip(heads, row, strict=True)) for row in rows], "peak_mb": peak, "growth_mb": growth}
    panel = Lines("Resident while streaming", "MB read", "MB", {"": points})
    return Result("streaming", [Table(title, heads, rows, note)], results, [panel])


def blocks(flat: Sequence[str], megabytes: int) -> Iterator[str]:
    """Yield a text of *megabytes* million characters, block by block.

    It consists of pieces of the stories in *flat*, each with a new number at its end: no cache contains these words, so
    a cache without a limit would show. The pieces are padded to lines of 200 characters, two thirds of them spaces,
    because a gigabyte of words alone would take hours.
    """
    draw = random.Random(1)  # noqa: S311 - not used for secrets
    words = " ".join(flat).split()
    left = megabytes * 1_000_000
    while left > 0:
        lines: list[str] = []
        while len(lines) < BLOCK // 200:
            begin = draw.randrange(len(words))
            lines.append(
                " ".join([*words[begin : begin + draw.randrange(5, 15)], str(draw.randrange(10**9))]).ljust(200)
            )
        text = "\n".join(lines) + "\n"
        yield text[:left]
        left -= len(text)
