"""A text of any length, and a scorer that costs next to nothing: for what is to be measured beside the encoder."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

import numpy as np

from newsnorm.labels import HEAD_SIZES
from newsnorm.model import Model, load
from newsnorm.model.scores import OFFSETS, Scores

#: Characters of a block, about, as a program would read them from a pipe.
BLOCK = 65_536


def blocks(flat: Sequence[str], megabytes: int) -> Iterator[str]:
    """Make a text of so many million characters, block by block.

    It is the stories of *flat* in pieces, with ever new numbers between them: words that no cache has seen, so that one
    without a bound would show. The pieces stand on lines that are filled up with spaces, two thirds of the whole: a
    gigabyte of nothing but words would take hours.
    """
    draw = random.Random(1)  # noqa: S311 - not for secrets
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


class TableScorer:
    """Looks up the scores of a word by its last subword and the one before, in a table drawn at random.

    Everything but the encoder runs as ever: the vocabulary, the decoder, the edits. Marks come about as often as in
    news, though nowhere that they should.
    """

    def __init__(self) -> None:
        model = load()
        assert isinstance(model, Model)
        self.vocabulary, self.forms = model.vocabulary, model.forms
        self.biases, self.calibration = model.biases, model.calibration
        draw = np.random.default_rng(1)
        self.table = draw.normal(0, 1, (4099, sum(HEAD_SIZES.values()))).astype(np.float32)
        self.table[:, OFFSETS[:-1]] += 12
        # In one row of 30, a head is for one of its other classes.
        for row in self.table[:, : OFFSETS[-1]]:
            spoken = np.flatnonzero(draw.random(len(HEAD_SIZES)) < 1 / 30)
            row[OFFSETS[spoken] + draw.integers(1, np.diff(OFFSETS)[spoken])] += 13

    def __reduce__(self) -> tuple[Callable[[], TableScorer], tuple[()]]:
        """Be drawn anew in another process: that is the same table, and less to send."""
        return table_scorer, ()

    def score_many(self, texts: Iterable[Sequence[str]]) -> Iterator[Scores]:
        """Score the words of many texts."""
        for words in texts:
            ids, ends = self.vocabulary.encode(words)
            yield self.table[(ids[ends] * 31 + ids[ends - 1]) % len(self.table)]


@cache
def table_scorer() -> TableScorer:
    """Return the one `TableScorer` of this process."""
    return TableScorer()
