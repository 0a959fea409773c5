"""Metrics per class on formatted articles: flatten, restore, compare."""

from __future__ import annotations

import time
from pathlib import Path

from attrs import frozen

from newsnorm.api import restore_many
from newsnorm.metrics import Score, score
from newsnorm.model import load
from newsnorm.training.corpus import articles
from newsnorm.words import flatten


@frozen
class Evaluation:
    """The metrics of one file, its restored text and the speed."""

    name: str
    score: Score
    words_per_second: float
    restored: str


def evaluate(gold: Path, model: Path | None) -> Evaluation:
    """Flatten each article of *gold*, restore it, and score the whole file."""
    texts = list(articles(gold))
    flat = [flatten(text) for text in texts]
    scorer = load(model)
    begun = time.monotonic()
    restored = "\n\n".join(restore_many(flat, model=scorer))
    seconds = time.monotonic() - begun
    return Evaluation(
        gold.stem, score("\n\n".join(texts), restored), sum(len(t.split()) for t in flat) / seconds, restored
    )
