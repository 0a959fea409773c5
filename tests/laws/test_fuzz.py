"""The fuzz targets without the fuzzer: on what it has found, and on random draws, so that they keep working."""

from __future__ import annotations

from random import Random

import pytest
from strategies import HOSTILE

from fuzz.targets import TARGETS, WildScorer, wild
from newsnorm import KINDS
from newsnorm.labels import HEAD_SIZES

PIECES = [piece for pieces in HOSTILE.values() for piece in pieces]


class RandomDraw:
    """An ``atheris.FuzzedDataProvider`` that draws from a random generator instead of the fuzzer's bytes."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.left = self.random.randrange(80)

    def ConsumeBool(self):  # noqa: N802 - the name is atheris's
        return self.random.random() < 0.5

    def ConsumeIntInRange(self, low, high):  # noqa: N802 - the name is atheris's
        return self.random.randint(low, high)

    def ConsumeBytes(self, count):  # noqa: N802 - the name is atheris's
        """Return partially formatted text rather than noise: the targets take their text from these bytes."""
        pieces = self.random.choices([*PIECES, *" " * 99, *"abcst", "the ", "he said", b"\xed\xa0"], k=count // 3)
        return b"".join(p if isinstance(p, bytes) else p.encode("utf-8", "surrogatepass") for p in pieces)

    def ConsumeUnicode(self, count):  # noqa: N802 - the name is atheris's
        return "".join(chr(self.random.randrange(0x110000)) for _ in range(count))

    def remaining_bytes(self):
        return self.left


@pytest.mark.parametrize("target", TARGETS)
def test_laws_hold_for_random_draws(target):
    draw, check = TARGETS[target]
    for seed in range(300):
        check(**draw(RandomDraw(seed)))


def options(seed, spread, kinds=KINDS, threshold=0.0, quotes="straight", paragraphs=False):
    return {
        "model": wild(seed, spread),
        "kinds": kinds,
        "threshold": threshold,
        "quotes": quotes,
        "paragraphs": paragraphs,
    }


#: Inputs that the fuzzer found, by fault.
FOUND = {
    "a single mark inserted after a period and a double mark": (
        "restore",
        "c\x03\"'u\u201d.",
        options(4, 1.0, kinds=["quotes"]),
    ),
    "the same, before a new line": ("restore", "fn\u201d.\no\x0cA", options(4, 200.0, kinds=["quotes"])),
    "a percent sign after an apostrophe": ("restore", "!5,' a", options(0, 9.0, kinds=["contractions", "numbers"])),
    "a sign before a quotation mark": ("restore", "b $\u201fc $c", options(1, 9.0, kinds=["quotes"])),
    "a sign before a quotation mark and the text": (
        "restore",
        "$\u201f, 1",
        options(2, 1.0, kinds=["quotes"], paragraphs=True),
    ),
    "a quotation mark before a percent sign": ("restore", "'o. n\"%", options(3, 3.0, kinds=["quotes"])),
    "a bracket and a stray single mark that swap places": ("labels", "\xab(a\udcc4))`\udcf3\udc80\u2707", {}),
    "the same, without the second bracket": ("labels", "\xab(Aa\udcc4))`\udcf3\udce2\udcf3\udce2\udc80", {}),
    "an apostrophe on both sides of a word": ("labels", "/>`1\udc96\udcfb`\udcc5*\udc8f\udcf4", {}),
    "a dash that adds the space for a line break": (
        "restore",
        "d under state law a candidate who traia\x0cqV;",
        options(7, 200.0, kinds=KINDS[1:], paragraphs=True),
    ),
    "white space that only one of two libraries recognizes": (
        "restore",
        "?jOUR cp\x1fo,\x05cInc",
        options(5, 9.0, paragraphs=True),
    ),
    "a single quotation that continues past a line break": ("restore", "J$\no", options(9, 200.0, kinds=("quotes",))),
    "an apostrophe that might have closed a single quotation": (
        "restore",
        "know``",
        options(8, 200.0, kinds=("contractions", "quotes", "punctuation")),
    ),
    "three single marks": ("restore", "o'Ise ho``", options(8, 200.0, kinds=("quotes",))),
    "one more apostrophe at every pass": ("restore", "'e t", options(10, 9.0, kinds=("contractions",))),
    "a single mark after a period": ("restore", "b.'", options(4, 200.0, kinds=("quotes",))),
    "a new paragraph without a place for its line break": (
        "restore",
        "2\x1cspe",
        options(6, 200.0, kinds=("case", "contractions", "quotes"), quotes="curly", paragraphs=True),
    ),
    "a dash at the end, and a bracket before it": (
        "restore",
        "b \xb4c0\u2015",
        options(5, 200.0, kinds=("quotes", "punctuation"), threshold=0.307),
    ),
    "a period after marks that no class represents": ("labels", "a\udccf .( a).", {}),
    "a period after a bracket that opens nothing": ("labels", "b(. [h\udcb9b.)", {}),
    "a period after a free-standing closing bracket": ("labels", "n )(. F.)", {}),
    "a period after a single mark, before a bracket": ("labels", "b#'. (F)!", {}),
    "a period after a closing bracket": ("labels", "(a b). (F)!", {}),
    "a single mark after a dash, of a quotation opened only by restoring": (
        "restore",
        "s\u2014'\x0ct",
        options(1, 3.0, kinds=("case", "contractions", "quotes", "punctuation"), paragraphs=True),
    ),
    "a period and a single mark that swap places": (
        "restore",
        "reel company s e",
        options(11, 9.0, kinds=("abbreviations", "quotes", "punctuation")),
    ),
    "a bracket between two quotation marks": ("restore", 'b ("c c4+b Q', options(2, 9.0, kinds=("quotes",))),
    "the same, one of them just inserted": (
        "restore",
        '"I',
        options(8, 9.0, kinds=("contractions", "punctuation")),
    ),
    "one bracket too many after a word in brackets": (
        "restore",
        "AG\rOa)a)",
        options(10, 9.0, kinds=("punctuation",)),
    ),
}


@pytest.mark.parametrize(("target", "text", "options"), FOUND.values(), ids=FOUND)
def test_faults_found_by_the_fuzzer_stay_fixed(target, text, options):
    _, check = TARGETS[target]
    check(text, **options)


#: Faults that are not fixed yet.
KNOWN = {
    "a bracket between a word and what may be its apostrophe": (
        "restore",
        "b$cn 5\uff07",
        options(7, 9.0, kinds=["contractions", "punctuation"]),
    ),
}


@pytest.mark.parametrize(
    ("target", "text", "options"),
    [
        pytest.param(*case, marks=pytest.mark.xfail(strict=True, raises=AssertionError, reason=f"not fixed: {name}"))
        for name, case in KNOWN.items()
    ],
    ids=KNOWN,
)
def test_known_faults_found_by_the_fuzzer(target, text, options):
    _, check = TARGETS[target]
    check(text, **options)


def test_scores_depend_on_the_word_and_the_one_before_it():
    scorer = WildScorer(3, 9.0)
    first, second = scorer.score_many([["a", "b", "a", "b", "\ud800"], []])
    assert first.shape == (5, sum(HEAD_SIZES.values()))
    assert (first[1] == first[3]).all()
    assert (first[0] != first[2]).any()
    assert len(second) == 0
