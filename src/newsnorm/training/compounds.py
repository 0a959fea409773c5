"""Counts of the word pairs that the sources write with a hyphen, and the weights of these counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from newsnorm.labels import Labels, heads
from newsnorm.model import compounds
from newsnorm.model.scores import Scores
from newsnorm.training.calibrate import fit_logistic
from newsnorm.training.corpus import ADDRESSES

#: Precision of the prior of each weight, whose mean is zero.
_PRIOR = 1.0
#: The weights are fitted if gold has at least this many hyphens.
_MIN_HYPHENS = 40


def count_pairs(cache: Path) -> bytes:
    """Count the pairs of all sources in *cache*, and return the content of ``compounds.bin``."""
    # The addresses are excerpts of the other sources and would be counted twice.
    sources = [path for path in sorted(cache.glob("*.npz")) if path.stem != ADDRESSES]
    seen = [pairs[hyphens] for pairs, hyphens in map(_pairs, sources)]
    known, hyphened = np.unique(np.concatenate(seen), return_counts=True)
    table, total = compounds.Compounds(known, hyphened, hyphened), np.zeros(len(known) + 1, np.int64)
    for pairs, _ in map(_pairs, sources):
        total += np.bincount(table.find(pairs), minlength=len(total))
    return compounds.to_bytes(known, hyphened, total[:-1])


def _pairs(path: Path) -> tuple[compounds.Numbers, NDArray[np.bool_]]:
    """Return the numbers of the pairs within each article of a source, and which of them have a hyphen."""
    with np.load(path) as arrays:
        join, words, ends, begins = (arrays[name] for name in ("labels", "words", "ends", "begins"))
    inside = join[:-1, heads.JOIN] >= 0
    inside[np.searchsorted(ends, begins[1:]) - 1] = False
    return compounds.number_pairs(words)[inside], join[:-1][inside, heads.JOIN] == heads.JOINS["-"]


def fit_weights(
    table: compounds.Compounds, rows: Sequence[NDArray[np.int64]], scores: Sequence[Scores], labels: Sequence[Labels]
) -> dict[str, float]:
    """
    Fit the weights of `compounds.FEATURES` by logistic regression, with the encoder's log odds as the offset.

    For each text, *rows* are those of its pairs in *table*, *scores* the encoder's without these weights, and *labels*
    gold. The result is an entry of the model's card, empty if there are too few hyphens.
    """
    odds = np.concatenate([compounds.hyphen_odds(one[:-1]) for one in scores])
    row = np.concatenate(rows)
    features = np.column_stack([table.features[row], odds * table.has(row)])
    wanted = np.concatenate([one[:-1, heads.JOIN] for one in labels]) == heads.JOINS["-"]
    if wanted.sum() < _MIN_HYPHENS:
        return {}
    weights = fit_logistic(features, wanted, offset=odds, prior=_PRIOR)
    return {name: round(float(value), 2) for name, value in zip(compounds.FEATURES, weights, strict=True)}
