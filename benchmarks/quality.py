"""``quality``: precision, recall and F1 of every class, on all articles together."""

from __future__ import annotations

from collections.abc import Sequence

import newsnorm
from benchmarks.support import data
from benchmarks.support.partially_formatted import score_degrees
from benchmarks.support.result import Bars, Cell, Result, Table
from benchmarks.support.timing import progress
from newsnorm import metrics


def run(stories: Sequence[str], partially_formatted: bool = False) -> Result:
    """Flatten, restore and score *stories*; with *partially_formatted* also versions that keep some formatting."""
    flat = data.flatten(stories)
    restored = list(progress(newsnorm.restore_many(flat), "quality", total=len(flat)))
    score = metrics.score("\n\n".join(stories), "\n\n".join(restored))
    if not score.words_kept:
        raise RuntimeError(f"restoring changed a word, which must never happen: {score.first_difference}")
    counted = {name: one for name, one in score.classes.items() if one.count}
    heads = ["class", "precision", "recall", "F1", "count"]
    rows: list[list[Cell]] = [
        [name, one.precision, one.recall, one.f1, one.count] for name, one in score.classes.items()
    ]
    title = f"quality: {len(stories):,} articles, {data.count_words(flat):,} words; percent"
    accuracies = Table("accuracy, percent", ["of", "right"], [[k, v] for k, v in score.accuracies.items()])
    bars = {f"{name} ({one.count:,})": one.f1 for name, one in counted.items()}
    panel = Bars("Restored, by class", "F1, percent", bars, full=100)
    tables = [Table(title, heads, rows), accuracies]
    results: dict[str, object] = {"score": score.as_dict()}
    if partially_formatted:
        degrees = score_degrees(stories)
        tables.append(degrees)
        results["half_flat"] = {row[0]: dict(zip(degrees.heads[1:], row[1:], strict=True)) for row in degrees.rows}
    return Result("quality", tables, results, [panel])
