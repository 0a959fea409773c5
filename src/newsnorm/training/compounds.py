"""Counting the pairs of words that the collections write with a hyphen, and weighing what the counts say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from newsnorm.labels import Labels, heads
from newsnorm.model import compounds
from newsnorm.model.scores import Scores
from newsnorm.training.corpus import ADDRESSES
from newsnorm.training.regression import fit_logistic

#: How firmly each weight is held at nought, where it stays if nothing speaks for it.
_PRIOR = 1.0
#: A weight is fitted if gold has this many hyphens.
_LEAST = 40


def count(cache: Path) -> bytes:
    """Count the pairs of all sources in *cache*: what ``compounds.bin`` holds."""
    # What is an excerpt of the others would be counted twice.
    sources = [path for path in sorted(cache.glob("*.npz")) if path.stem != ADDRESSES]
    seen = [pairs[hyphens] for pairs, hyphens in map(_pairs, sources)]
    known, hyphened = np.unique(np.concatenate(seen), return_counts=True)
    table, total = compounds.Compounds(known, hyphened, hyphened), np.zeros(len(known) + 1, np.int64)
    for pairs, _ in map(_pairs, sources):
        total += np.bincount(table.find(pairs), minlength=len(total))
    return compounds.written(known, hyphened, total[:-1])


def _pairs(path: Path) -> tuple[compounds.Numbers, NDArray[np.bool_]]:
    """Number the pairs within each article of a source, and tell which have a hyphen."""
    with np.load(path) as arrays:
        join, words, ends, begins = (arrays[name] for name in ("labels", "words", "ends", "begins"))
    inside = join[:-1, heads.JOIN] >= 0
    inside[np.searchsorted(ends, begins[1:]) - 1] = False
    return compounds.number_pairs(words)[inside], join[:-1][inside, heads.JOIN] == heads.JOINS["-"]


def weigh(
    table: compounds.Compounds, rows: Sequence[NDArray[np.int64]], scores: Sequence[Scores], labels: Sequence[Labels]
) -> dict[str, float]:
    """
    Fit the weights of `compounds.FEATURES` by logistic regression, beside what the encoder says of the hyphen.

    Args:
        table: The pairs and their features.
        rows: For each text, the row of each word and the next in *table*.
        scores: For each text, the encoder's scores alone.
        labels: For each text, gold.

    Returns:
        What the card of a model holds; nothing, if there is too little to fit it to.
    """
    odds = np.concatenate([compounds.hyphen_odds(one[:-1]) for one in scores])
    row = np.concatenate(rows)
    given = np.column_stack([table.features[row], odds * table.has(row)])
    wanted = np.concatenate([one[:-1, heads.JOIN] for one in labels]) == heads.JOINS["-"]
    if wanted.sum() < _LEAST:
        return {}
    weights = fit_logistic(given, wanted, known=odds, prior=_PRIOR)
    return {name: round(float(value), 2) for name, value in zip(compounds.FEATURES, weights, strict=True)}
