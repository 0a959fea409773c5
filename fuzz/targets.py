"""The fuzz targets: each draws a text and options from the fuzzer's bytes and checks the laws on them.

Nothing here needs atheris, so ``tests/laws/test_fuzz.py`` runs every target on random draws and notices a broken one.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol
from unittest.mock import patch

import numpy as np
import regex
from numpy.typing import NDArray

import newsnorm
from newsnorm import KINDS, streaming
from newsnorm.document import parse
from newsnorm.labels import HEAD_SIZES, read, write
from newsnorm.labels.reading import tokenize
from newsnorm.words import lower

Case = dict[str, Any]


class Draw(Protocol):
    """The methods of ``atheris.FuzzedDataProvider`` that the targets use."""

    def ConsumeBool(self) -> bool: ...
    def ConsumeIntInRange(self, low: int, high: int, /) -> int: ...
    def ConsumeBytes(self, count: int, /) -> bytes: ...
    def ConsumeUnicode(self, count: int, /) -> str: ...
    def remaining_bytes(self) -> int: ...


# --- the scorer -------------------------------------------------------------------------------------------------------

WIDTH = sum(HEAD_SIZES.values())
#: Rows of scores to choose from: enough that two words seldom share one, few enough to draw quickly.
ROWS = 1024
#: Standard deviations of the scores in nats: all equal, so that every choice is a tie; unsure; sure; so sure that
#: probabilities reach 0 and 1.
SPREADS = (0.0, 1.0, 3.0, 9.0, 200.0)


class WildScorer:
    """A scorer that answers at random within microseconds, because a model would be too slow for a search.

    A checksum of each word and the word before it selects its row of scores. Scores depend on the words alone, as those
    of a model must.
    """

    forms: Mapping[str, str] = {"mcconnell": "McConnell", "iphone": "iPhone"}

    def __init__(self, seed: int, spread: float) -> None:
        self.seed, self.spread = seed, spread
        random = np.random.default_rng(seed)
        self.biases = random.normal(0, min(spread, 1.0), WIDTH).astype(np.float32)
        self.calibration = (0.7, 0.5)
        self.rows = random.normal(0, spread, (ROWS, WIDTH)).astype(np.float32)

    def __repr__(self) -> str:
        return f"wild({self.seed}, {self.spread})"

    def score_many(self, texts: Iterable[Sequence[str]]) -> Iterator[NDArray[np.float32]]:
        """Score the words of many texts."""
        for words in texts:
            codes = [word.encode("utf-8", "surrogatepass") for word in words]
            picked = [
                zlib.crc32(code, zlib.crc32(before)) % ROWS for before, code in zip([b"", *codes], codes, strict=False)
            ]
            yield self.rows[np.array(picked, np.intp)]


@lru_cache(maxsize=64)
def wild(seed: int, spread: float) -> WildScorer:
    """Return the scorer of this seed and spread."""
    return WildScorer(seed, spread)


# --- draws ------------------------------------------------------------------------------------------------------------


def _text(data: Draw) -> str:
    """Draw the rest as text: UTF-8, in which each invalid byte becomes a lone surrogate, or any code points."""
    if data.ConsumeIntInRange(0, 7):
        return data.ConsumeBytes(data.remaining_bytes()).decode("utf-8", "surrogateescape")
    return data.ConsumeUnicode(data.remaining_bytes())


def _options(data: Draw) -> Case:
    chosen = data.ConsumeIntInRange(0, 2 ** len(KINDS) - 1)
    return {
        "model": wild(data.ConsumeIntInRange(0, 11), SPREADS[data.ConsumeIntInRange(0, len(SPREADS) - 1)]),
        "kinds": tuple(kind for bit, kind in enumerate(KINDS) if not chosen >> bit & 1),
        # Half of the draws have no threshold, because it hides what is written.
        "threshold": max(0, data.ConsumeIntInRange(-128, 127)) / 127,
        "quotes": "curly" if data.ConsumeBool() else "straight",
        "paragraphs": data.ConsumeBool(),
    }


def draw_text(data: Draw) -> Case:
    """Draw a text."""
    return {"text": _text(data)}


def draw_restore(data: Draw) -> Case:
    """Draw options and a text; without kinds, what is missing is restored."""
    options = _options(data)
    consistent = data.ConsumeBool()
    return {**options, "kinds": options["kinds"] or None, "consistent": consistent, "text": _text(data)}


def draw_stream(data: Draw) -> Case:
    """Draw options, the size of the buffer in words, a text and where it is cut."""
    options = {**_options(data), "held": data.ConsumeIntInRange(2, 40), "context": data.ConsumeIntInRange(1, 6)}
    cuts = [data.ConsumeIntInRange(0, 255) for _ in range(data.ConsumeIntInRange(0, 6))]
    text = _text(data)
    return {**options, "text": text, "cuts": tuple(sorted(cut * len(text) // 255 for cut in cuts))}


# --- laws -------------------------------------------------------------------------------------------------------------


def check_flatten(text: str) -> None:
    """Check that flat text is words in lower case with single spaces, and that flattening it again changes nothing."""
    flat = newsnorm.flatten(text)
    assert newsnorm.flatten(flat) == flat
    assert lower(flat) == flat
    assert all(c == " " or c.isalnum() or regex.match(r"\p{M}|\p{N}|\p{L}", c) for c in flat)
    tokens, separators = tokenize(text)
    assert flat == lower(" ".join(tokens))
    assert "".join(a + b for a, b in zip(separators, [*tokens, ""], strict=True)) == text


def check_labels(text: str) -> None:
    """Check that writing what was read keeps the words, and that reading it again gives the same text and labels."""
    labelled = read(text)
    canonical = write(labelled)
    assert newsnorm.flatten(canonical) == newsnorm.flatten(text)
    again = read(canonical)
    assert write(again) == canonical
    assert again.words == labelled.words


def check_restore(
    text: str,
    *,
    model: Any,
    kinds: Sequence[Any] | None,
    threshold: float,
    quotes: Any,
    paragraphs: bool,
    consistent: bool = False,
) -> None:
    """Check that `restore` keeps the words, only adds, balances its marks, equals its edits and is idempotent."""
    options = {"model": model, "threshold": threshold, "quotes": quotes, "paragraphs": paragraphs}
    options["consistent"] = consistent
    found = newsnorm.explain(text, kinds=kinds, **options)
    got = found.text
    assert type(got) is str
    assert newsnorm.flatten(got) == newsnorm.flatten(text), "words kept"
    assert newsnorm.apply(text, found.edits) == got, "one path"
    lacking = newsnorm.missing(text)
    assert {edit.kind for edit in found.edits} <= {*(lacking if kinds is None else kinds), "paragraphs"}, "these kinds"
    assert kinds is not None or {*newsnorm.missing(got)} <= {*lacking}, "nothing else is missing then"
    assert all(edit.probability >= threshold for edit in found.edits), "threshold"
    assert newsnorm.restore(got, kinds=kinds, **options) == got, "idempotent"
    _check_additive(text, got)
    for quotation in found.quotations:
        assert got[quotation.start : quotation.end] == quotation.text
        assert newsnorm.flatten(quotation.text), "no empty quotation"
    if quotes == "curly":
        _check_balance(text, got)
    if kinds and text == newsnorm.flatten(text):
        others = [kind for kind in KINDS if kind not in kinds]
        assert newsnorm.restore(got, kinds=others, **options) == newsnorm.restore(text, **options), "kinds compose"


def check_stream(text: str, *, held: int, context: int, cuts: Sequence[int], **options: Any) -> None:
    """Check that a stream is the same however it is cut, keeps the words, only adds, and begins as `restore` does."""
    with patch.multiple(streaming, BUFFERED_WORDS=held, CONTEXT=context):
        got = "".join(newsnorm.stream([text], **options))
        chunks = [text[begin:end] for begin, end in pairwise([0, *cuts, len(text)])]
        assert "".join(newsnorm.stream(chunks, **options)) == got, "however it is cut"
    assert newsnorm.flatten(got) == newsnorm.flatten(text), "words kept"
    _check_additive(text, got)
    if options["quotes"] == "curly" and text == newsnorm.flatten(text):
        # Marks of the text in the last document may leave no room for the mark that closes an earlier quotation.
        _check_balance(text, got)
    if len(newsnorm.flatten(text).split(" ")) <= held and len(text) < held * streaming.MAX_CHARS_PER_WORD:
        assert got == newsnorm.restore(text, consistent=False, **options), "a short text is restored"


def _check_additive(text: str, got: str) -> None:
    """Check that nothing but white space is removed, that line breaks stay, and that letters change only their case."""
    left = iter(lower(got))
    assert all(c in left for c in lower(text) if not c.isspace()), "additive"
    assert text.count("\n") <= got.count("\n"), "line breaks stay"


_QUOTES = regex.compile("[\"“”„‟«»″＂'‘’‚‛ʼ`´′＇]")


def _check_balance(text: str, restored: str) -> None:
    """Check that curly marks open and close alternately around words; a new paragraph may open a quotation again."""
    if _QUOTES.search(text):
        return
    document = parse(restored)
    opened = None
    for g in range(len(document.words) + 1):
        for mark in regex.findall("[“”]", document.separator(g)):
            if mark == "“":
                assert opened is None or document.newline[g], "opened twice"
                opened = g
            else:
                assert opened is not None, "closed twice"
                assert opened < g, "no empty quotation"
                opened = None
    assert opened is None, "closed at the end"


TARGETS: Mapping[str, tuple[Callable[[Draw], Case], Callable[..., None]]] = {
    "flatten": (draw_text, check_flatten),
    "labels": (draw_text, check_labels),
    "restore": (draw_restore, check_restore),
    "stream": (draw_stream, check_stream),
}
