"""``scaling``: what a word costs in ever longer texts, in time and in memory."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import data
from benchmarks.process import fresh
from benchmarks.report import Lines, Result, Table
from benchmarks.timing import Spread, progress

#: Words of the texts.
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
#: Each is compared with a text of so many words, restored before and after it in the same process.
BASELINE = 10_000


def run(stories: Sequence[str], *, most: int = SIZES[-1], repeats: int = 3) -> Result:
    """Restore texts of up to *most* words, each in a fresh process; those of up to 30,000 words *repeats* times."""
    flat = data.flatten(stories)
    baseline = data.take_words(flat, BASELINE)
    sizes = [size for size in SIZES if size <= most]
    if not sizes:
        raise SystemExit(f"--most must be at least {SIZES[0]:,} words, the shortest text")
    turns = [size for size in sizes for _ in range(repeats if size <= 30_000 else 1)]
    measured: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
    for size in progress(turns, "scaling"):
        text = data.take_words(flat, size)
        measured[size].append(fresh("benchmarks.stages", "restore_long", text, baseline))
    rows, figures, lines = [], {}, []
    for size, runs in measured.items():
        cost = Spread.of(1e6 * one["seconds"] / size for one in runs)
        ratio = Spread.of(one["seconds"] / size / (one["baseline"] / BASELINE) for one in runs)
        peak = Spread.of(one["peak_mb"] for one in runs)
        rows.append([size, cost.median, ratio.median, peak.median, len(runs)])
        figures[str(size)] = {"microseconds_a_word": cost, "ratio": ratio, "peak_mb": peak}
        lines.append((size, ratio.median, peak.median))
    heads = ["words on one line", "µs a word", f"ratio to {BASELINE:,} words", "resident at the peak, MB", "runs"]
    note = (
        "ratio: time a word against a text of 10,000 words, restored before and after in the same process, so memory "
        "below that size is that of 10,000 words"
    )
    panels = [
        Lines(
            "Time a word",
            "words on one line",
            f"ratio to {BASELINE:,} words",
            {"": [(x, y) for x, y, _ in lines]},
            True,
        ),
        Lines("Resident memory, at its peak", "words on one line", "MB", {"": [(x, y) for x, _, y in lines]}, True),
    ]
    return Result("scaling", [Table("scaling", heads, rows, note)], {"scaling": figures}, panels)
