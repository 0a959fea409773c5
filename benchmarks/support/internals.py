"""The only module of the benchmarks that uses newsnorm's pipeline: documents, decoding, rendering and scores.

Two things need it: the edits of a formatted story, which `calibration` compares with the edits that were found, and a
scorer that replaces the encoder, so that everything else can be measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

import numpy as np

import newsnorm
from newsnorm import labels, render
from newsnorm.decoding import Decoded
from newsnorm.document import parse
from newsnorm.labels import heads
from newsnorm.model import Model, load
from newsnorm.model.scores import OFFSETS, Scores

#: Offset in the flat text, text before, text after.
Change = tuple[int, str, str]


def gold_changes(story: str) -> list[Change]:
    """
    Return the edits that turn the flat text of *story* into what newsnorm reads in the story.

    >>> gold_changes("The U.N. left.")
    [(0, 'the', 'The'), (4, 'u', 'U'), (5, ' ', '.'), (6, 'n', 'N'), (7, '', '.'), (12, '', '.')]
    """
    read = labels.read(story)
    document = parse(newsnorm.flatten(story))
    gold = read.labels.copy()
    gold[:, heads.PARAGRAPH] = 0  # `explain` restores no paragraph breaks by default
    lexicon = {read.words[i]: form for i, form in read.forms.items()}
    edits = render.edit(
        document,
        Decoded(gold, np.ones(gold.shape, np.float32), []),
        lexicon,
        kinds=newsnorm.KINDS,
        threshold=0.0,
        quotes="straight",
    )
    # A word may have two mixed forms in one story, McCoy and McCOY; the lexicon holds only one of them.
    forms = {document.begins[i]: form for i, form in read.forms.items()}
    return [
        (offset, before, forms.get(offset, after) if kind == "case" else after)
        for offset, before, after, kind, _ in edits
    ]


class TableScorer:
    """A scorer that looks up the scores of a word in a random table, by the last subword and the one before it.

    Everything but the encoder runs as usual: the vocabulary, the decoder, the edits. Marks are about as frequent as in
    news, but in arbitrary places.
    """

    def __init__(self) -> None:
        model = load()
        assert isinstance(model, Model)
        self.vocabulary, self.forms = model.vocabulary, model.forms
        self.biases, self.calibration = model.biases, model.calibration
        draw = np.random.default_rng(1)
        self.table = draw.normal(0, 1, (4099, sum(labels.HEAD_SIZES.values()))).astype(np.float32)
        self.table[:, OFFSETS[:-1]] += 12
        # In one row of 30, a head favours one of its other classes.
        for row in self.table[:, : OFFSETS[-1]]:
            chosen = np.flatnonzero(draw.random(len(labels.HEAD_SIZES)) < 1 / 30)
            row[OFFSETS[chosen] + draw.integers(1, np.diff(OFFSETS)[chosen])] += 13

    def __reduce__(self) -> tuple[Callable[[], TableScorer], tuple[()]]:
        """Draw the table again in another process: the result is the same, and there is less to send."""
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
