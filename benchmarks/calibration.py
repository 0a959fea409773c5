"""``calibration``: whether 80 % of the edits with a probability of 80 % are right."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from attrs import frozen

import newsnorm
from benchmarks.support.internals import gold_changes
from benchmarks.support.result import Cell, Lines, Result, Table
from benchmarks.support.timing import progress
from newsnorm.model import Scorer

#: Number of bins, of equal width, from 0 to 1.
BINS = 10
#: A quotation has one probability: that both its marks are right. Its marks are also measured one by one.
QUOTES, MARKS = "quotes", "quotes, each mark"
#: The probability of an edit or a quotation, and whether it is right.
Claim = tuple[float, bool]


@frozen
class Bin:
    """Claims with similar probabilities: their mean probability, the share that is right, and their number."""

    probability: float
    right: float
    count: int


def claims(story: str, model: Scorer | None = None) -> Iterator[tuple[str, Claim]]:
    """Restore *story* from its flat text; yield each edit and quotation as its kind and its claim.

    An edit is right if the story has exactly the same edit. A quotation is right if both its marks are right and no
    quotation of the story closes between them.
    """
    gold = set(gold_changes(story))
    found = newsnorm.explain(newsnorm.flatten(story), model=model)
    for edit in found.edits:
        kind = MARKS if edit.kind == "quotes" else edit.kind
        yield kind, (edit.probability, (edit.offset, edit.before, edit.after) in gold)
    marks = {offset for offset, _, after in gold if after == '"'}
    # An opening mark is at the start of its word, a closing mark at the end.
    closes = {offset for offset in marks if found.source[offset : offset + 1] in ("", " ")}
    for quotation in found.quotations:
        start, end = found.to_source(quotation.start, quotation.end)
        whole = {start, end} <= marks and not any(start < offset < end for offset in closes)
        yield QUOTES, (quotation.probability, whole)


def bins(found: Sequence[Claim]) -> list[Bin]:
    """
    Sort claims by their probability into bins of equal width; empty bins are left out.

    >>> bins([(0.625, True), (0.6875, False), (1.0, True)])
    [Bin(probability=0.65625, right=0.5, count=2), Bin(probability=1.0, right=1.0, count=1)]
    """
    probabilities, right = (np.array(column, float) for column in zip(*found, strict=True))
    places = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    return [
        Bin(float(probabilities[inside].mean()), float(right[inside].mean()), int(inside.sum()))
        for inside in (places == place for place in np.unique(places))
    ]


def calibration_error(binned: Sequence[Bin]) -> float:
    """
    Compute the expected calibration error: the mean distance of the share that is right from the probability.

    >>> calibration_error([Bin(0.5, 0.75, 2), Bin(1.0, 1.0, 2)])
    0.125
    """
    return sum(abs(one.right - one.probability) * one.count for one in binned) / sum(one.count for one in binned)


def error_by_chance(binned: Sequence[Bin]) -> float:
    """
    Compute the calibration error to expect from perfect probabilities with this number of claims.

    A fair coin tossed 100 times rarely shows exactly 50 heads: the number is off by 4 on average.

    >>> round(error_by_chance([Bin(0.5, 0.7, 100)]), 3)
    0.04
    """
    spread = (math.sqrt(2 / math.pi * one.count * one.probability * (1 - one.probability)) for one in binned)
    return sum(spread) / sum(one.count for one in binned)


def run(stories: Sequence[str]) -> Result:
    """Restore *stories* from their flat text, and compare the probabilities of edits with how often they are right."""
    found: defaultdict[str, list[Claim]] = defaultdict(list)
    for story in progress(stories, "calibration", total=len(stories)):
        for kind, claim in claims(story):
            found[kind].append(claim)
    binned = {kind: bins(found[kind]) for kind in (*newsnorm.KINDS, MARKS) if kind in found}
    note = f"{QUOTES}: whole quotations; chance: the error to expect even from perfect probabilities"
    tables = [
        Table(
            "calibration, percent", ["kind", "edits", "right", "probability", "error", "chance"], _rows(binned), note
        ),
        Table(
            "reliability, percent",
            ["kind", "probability", "right", "edits"],
            [[kind, 100 * b.probability, 100 * b.right, b.count] for kind, row in binned.items() for b in row],
        ),
    ]
    panels = [
        Lines(
            f"{kind}: {len(found[kind]):,}",
            "probability, percent",
            "right, percent",
            {kind: [(100 * b.probability, 100 * b.right) for b in row], "perfect": [(0, 0), (100, 100)]},
        )
        for kind, row in binned.items()
    ]
    return Result("calibration", tables, {"bins": binned}, panels)


def _rows(binned: Mapping[str, Sequence[Bin]]) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for kind, row in binned.items():
        count = sum(one.count for one in row)
        right, probability = (
            100 * sum(getattr(one, name) * one.count for one in row) / count for name in ("right", "probability")
        )
        rows.append([kind, count, right, probability, 100 * calibration_error(row), 100 * error_by_chance(row)])
    return rows
