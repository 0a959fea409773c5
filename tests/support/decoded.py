"""Decodes a text with a `Scripted` scorer, and writes what was decided in a short form."""

from __future__ import annotations

import math

import pytest
from scripted import Scripted, probability_of

from newsnorm.decoding import decode
from newsnorm.document import parse
from newsnorm.labels import HEADS, heads


def decoded(text, *, biases=None, calibration=None, paragraphs=False, carried=None, ends=True, **wanted):
    document = parse(text)
    scores = Scripted(**wanted).score(document.words)
    return decode(
        scores, document, biases=biases, calibration=calibration, paragraphs=paragraphs, carried=carried, ends=ends
    )


def together(*odds):
    """Return the probability that all labels with these log odds are right, to compare with."""
    return pytest.approx(math.prod(map(probability_of, odds)), abs=1e-5)


def classes(head, text, **given):
    """Return the classes decided for *head* by word number, without the first class."""
    column = decoded(text, **given).labels[:, list(HEADS).index(head)].tolist()
    return {i: HEADS[head][value] for i, value in enumerate(column) if value}


def quoted(text, **given):
    """Return the words with the quotation marks decided on, and the first and last word of each double pair."""
    got = decoded(text, **given)
    opens = [HEADS["open"][value] for value in got.labels[:, heads.OPEN]]
    closes = [HEADS["close"][value] for value in got.labels[:, heads.CLOSE]]
    written = map("".join, zip(opens, parse(text).words, closes, strict=True))
    return " ".join(written), [pair[:2] for pair in got.pairs]


def odds(probability):
    return math.log(probability / (1 - probability))
