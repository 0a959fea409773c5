"""``calibration``: of the edits that newsnorm is 80 % sure of, how many are right."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from attrs import frozen

import newsnorm
from benchmarks.report import Cell, Lines, Result, Table
from benchmarks.timing import progress
from newsnorm import labels, render
from newsnorm.decoding import Decoded
from newsnorm.document import parse
from newsnorm.model import Scorer

#: Of equal width, from 0 to 1.
BINS = 10
#: A quotation has one probability, which says that all of it is right. That of its marks is given beside it.
QUOTES, MARKS = "quotes", "quotes, each mark"
#: Offset in the flat text, before, after.
Change = tuple[int, str, str]
#: How probable newsnorm thinks it, and whether it is right.
Claim = tuple[float, bool]


@frozen
class Bin:
    """Claims whose probabilities are alike: the mean of these, the share that is right, how many they are."""

    probability: float
    right: float
    count: int


def gold_changes(story: str) -> list[Change]:
    """
    List the edits that make the flat text of *story* into what newsnorm reads in the story.

    >>> gold_changes("The U.N. left.")
    [(0, 'the', 'The'), (4, 'u', 'U'), (5, ' ', '.'), (6, 'n', 'N'), (7, '', '.'), (12, '', '.')]
    """
    read = labels.read(story)
    document = parse(newsnorm.flatten(story))
    shown = read.labels.copy()
    shown[:, labels.PARAGRAPH] = 0  # flat text has none, and nobody asks for them
    lexicon = {read.words[i]: form for i, form in read.forms.items()}
    edits = render.edit(
        document,
        Decoded(shown, np.ones(shown.shape, np.float32), []),
        lexicon,
        kinds=newsnorm.KINDS,
        threshold=0.0,
        quotes="straight",
    )
    # A word may have two mixed forms in one story.
    forms = {document.begins[i]: form for i, form in read.forms.items()}
    return [
        (offset, before, forms.get(offset, after) if kind == "case" else after)
        for offset, before, after, kind, _ in edits
    ]


def claims(story: str, model: Scorer | None = None) -> Iterator[tuple[str, Claim]]:
    """Restore *story* from its flat text; yield, by its kind, each edit and each quotation: how sure, and if right.

    An edit is right if the story shows the very same one; a quotation, if both its marks are and the story closes none
    in between.
    """
    gold = set(gold_changes(story))
    found = newsnorm.explain(newsnorm.flatten(story), model=model)
    for edit in found.edits:
        kind = MARKS if edit.kind == "quotes" else edit.kind
        yield kind, (edit.probability, (edit.offset, edit.before, edit.after) in gold)
    marks = {offset for offset, _, after in gold if after == '"'}
    # An opening mark stands at the beginning of its word, a closing one at the end.
    closes = {offset for offset in marks if found.source[offset : offset + 1] in ("", " ")}
    for quotation in found.quotations:
        start, end = found.to_source(quotation.start, quotation.end)
        whole = {start, end} <= marks and not any(start < offset < end for offset in closes)
        yield QUOTES, (quotation.probability, whole)


def bins(found: Sequence[Claim]) -> list[Bin]:
    """
    Part claims by their probability into bins of equal width; those that would be empty are left out.

    >>> bins([(0.625, True), (0.6875, False), (1.0, True)])
    [Bin(probability=0.65625, right=0.5, count=2), Bin(probability=1.0, right=1.0, count=1)]
    """
    probabilities, right = (np.array(column, float) for column in zip(*found, strict=True))
    places = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    return [
        Bin(float(probabilities[inside].mean()), float(right[inside].mean()), int(inside.sum()))
        for inside in (places == place for place in np.unique(places))
    ]


def calibration_error(parted: Sequence[Bin]) -> float:
    """
    Work out the expected calibration error: how far the share that is right is from the probability, on average.

    >>> calibration_error([Bin(0.5, 0.75, 2), Bin(1.0, 1.0, 2)])
    0.125
    """
    return sum(abs(one.right - one.probability) * one.count for one in parted) / sum(one.count for one in parted)


def chance(parted: Sequence[Bin]) -> float:
    """
    Work out the calibration error that perfect probabilities would be expected to show, with so few claims.

    A coin that is tossed 100 times seldom shows 50 heads: it is off by 4 of them, on average.

    >>> round(chance([Bin(0.5, 0.7, 100)]), 3)
    0.04
    """
    spread = (math.sqrt(2 / math.pi * one.count * one.probability * (1 - one.probability)) for one in parted)
    return sum(spread) / sum(one.count for one in parted)


def run(stories: Sequence[str]) -> Result:
    """Restore *stories* from their flat text and compare how sure newsnorm is with how often it is right."""
    found: defaultdict[str, list[Claim]] = defaultdict(list)
    for story in progress(stories, "calibration", total=len(stories)):
        for kind, claim in claims(story):
            found[kind].append(claim)
    parted = {kind: bins(found[kind]) for kind in (*newsnorm.KINDS, MARKS) if kind in found}
    note = f"{QUOTES}: whole quotations; chance: the error that perfect probabilities would show, with so few of them"
    tables = [
        Table(
            "calibration, percent", ["kind", "edits", "right", "probability", "error", "chance"], _rows(parted), note
        ),
        Table(
            "reliability, percent",
            ["kind", "probability", "right", "edits"],
            [[kind, 100 * b.probability, 100 * b.right, b.count] for kind, row in parted.items() for b in row],
        ),
    ]
    panels = [
        Lines(
            f"{kind}: {len(found[kind]):,}",
            "probability, percent",
            "right, percent",
            {kind: [(100 * b.probability, 100 * b.right) for b in row], "perfect": [(0, 0), (100, 100)]},
        )
        for kind, row in parted.items()
    ]
    return Result("calibration", tables, {"bins": parted}, panels)


def _rows(parted: Mapping[str, Sequence[Bin]]) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for kind, row in parted.items():
        count = sum(one.count for one in row)
        right, probability = (
            100 * sum(getattr(one, name) * one.count for one in row) / count for name in ("right", "probability")
        )
        rows.append([kind, count, right, probability, 100 * calibration_error(row), 100 * chance(row)])
    return rows
