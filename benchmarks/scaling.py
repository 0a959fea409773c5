"""``scaling``: time per word, and memory, in longer and longer texts."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.support import data
from benchmarks.support.process import call_in_new_process
from benchmarks.support.result import Lines, Result, Table
from benchmarks.support.timing import Spread, progress

#: Lengths of the texts, in words.
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
#: Length of the text that each is compared with; the same process restores it before and after.
BASELINE = 10_000


def run(stories: Sequence[str], *, most: int = SIZES[-1], repeats: int = 3) -> Result:
    """Restore texts of up to *most* words, each in a new process; those of up to 30,000 words *repeats* times."""
    flat = data.flatten(stories)
    baseline = data.take_words(flat, BASELINE)
    sizes = [size for size in SIZES if size <= most]
    if not sizes:
        raise SystemExit(f"--most must be at least {SIZES[0]:,} words, the shortest text")
    planned = [size for size in sizes for _ in range(repeats if size <= 30_000 else 1)]
    measured: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
    for size in progress(planned, "scaling"):
        text = data.take_words(flat, size)
        measured[size].append(call_in_new_process("benchmarks.support.stages", "time_long_text", text, baseline))
    rows, results, points = [], {}, []
    for size, runs in measured.items():
        micros = Spread.of(1e6 * one["seconds"] / size for one in runs)
        ratio = Spread.of(one["seconds"] / size / (one["baseline"] / BASELINE) for one in runs)
        peak = Spread.of(one["peak_mb"] for one in runs)
        rows.append([size, micros.median, ratio.median, peak.median, len(runs)])
        results[str(size)] = {"microseconds_a_word": micros, "ratio": ratio, "peak_mb": peak}
        points.append((size, ratio.median, peak.median))
    heads = ["words on one line", "µs per word", f"ratio to {BASELINE:,} words", "peak resident, MB", "runs"]
    note = (
        f"ratio: time per word compared with a text of {BASELINE:,} words in the same process; shorter texts therefore "
        "show the memory of that text"
    )
    panels = [
        Lines(
            "Time per word",
            "words on one line",
            f"ratio to {BASELINE:,} words",
            {"": [(x, y) for x, y, _ in points]},
            True,
        ),
        Lines("Peak resident memory", "words on one line", "MB", {"": [(x, y) for x, _, y in points]}, True),
    ]
    return Result("scaling", [Table("scaling", heads, rows, note)], {"scaling": results}, panels)
