"""Restoring a text that comes in pieces and may never end, in memory that does not grow.

The text is decided a document at a time: some words in hand, of which all but the last sixth are written. Where the
next document begins depends on the text alone, never on the pieces in which it came::

    |- written ------------------------------|- ahead -|
                                             |- written --------------------|- ahead -|

The cut lies where a sentence starts, outside quotations and brackets if there is such a place. What is open there is
handed on, so that a quotation that runs on for a thousand words still closes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import regex

from newsnorm.edits import write_edits
from newsnorm.errors import check_text
from newsnorm.kinds import KINDS, Kind, QuoteStyle, check_options
from newsnorm.words import WORD

if TYPE_CHECKING:
    from newsnorm.api import ModelLike
    from newsnorm.decoding import Carried, Decoded
    from newsnorm.document import Document

#: Words in hand when a document is decided. A shorter text is restored as `restore` does it with `consistent` off.
HELD = 1024
#: Words before a document that the encoder reads once more, so that it does not start without context.
CONTEXT = 48
#: Characters in hand at the most, for each word. Where words or the gaps between them are longer than anybody's, as in
#: a megabyte of zeros, fewer words have to do.
LONG = 16

_REST_OF_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")


def stream(
    chunks: Iterable[str],
    /,
    *,
    kinds: Collection[Kind] | None = None,
    threshold: float = 0.0,
    quotes: QuoteStyle = "straight",
    paragraphs: bool = False,
    model: ModelLike = None,
) -> Iterator[str]:
    """
    Restore a text that comes in pieces, in constant memory: a pipe, a file larger than memory, a running transcript.

        >>> chunks = ["the u n said the re", "bels haven", " t left ye", "men"]
        >>> print("".join(stream(chunks)))
        The U.N. said the rebels haven't left Yemen.

    Args:
        chunks: Pieces of one text, cut anywhere, also within words; an open text file is one such iterable. They are
            read as they are needed.
        kinds: What to restore; all kinds unless given, because what a text lacks is not known before its end.
        threshold: As for `restore`, like all that follows.
        quotes: ``"straight"`` or ``"curly"``.
        paragraphs: Break the text into paragraphs.
        model: Folder of a model.

    Yields:
        Pieces of the restored text, in order, each as soon as about 170 words more have been seen. Joined, they are
        the same however the text was cut; for a text of up to 1,024 words, they are
        ``restore(text, kinds=KINDS, consistent=False)``: a stream never sees all mentions of a name. In a longer one
        some labels may differ, because the windows in which the encoder reads it lie elsewhere; and of each 1,024 words
        it is asked by themselves whether they stand in capitals.

    Raises:
        TypeError: *chunks* is a single ``str``, or holds something else than ``str``.
        ValueError: A kind, the threshold or the quotes style is not a known one.
        DataError: The model is missing or damaged.

    Cost: O(n) time, a quarter more than `restore`; memory for 1,024 words. A run of more than 16,384 characters
    without an end to its word, or to the gap after it, is passed on as it is.

    .. versionadded:: 0.1
    """
    if isinstance(chunks, (str, bytes)):
        raise TypeError("stream takes an iterable of pieces of a text, not one text: use restore, or give [text]")
    check_options(kinds, threshold, quotes)
    return _Stream(KINDS if kinds is None else kinds, threshold, quotes, paragraphs, model).run(chunks)


def options_of_stream(options: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of the options of `restore` what a stream cannot do, because it never sees the whole text."""
    return {name: value for name, value in options.items() if name != "consistent"}


class _Stream:
    """One text under way: what of it is in hand, and what was left open where it was cut last."""

    def __init__(
        self, kinds: Collection[Kind], threshold: float, quotes: QuoteStyle, paragraphs: bool, model: ModelLike
    ) -> None:
        from newsnorm.model import load

        self.kinds: set[Kind] = {*kinds, "paragraphs"} if paragraphs else {*kinds}
        self.threshold, self.quotes, self.paragraphs = threshold, quotes, paragraphs
        self.scorer = load(model)
        self.text = ""
        self.carried: Carried | None = None
        self.context: list[str] = []
        #: The last cut was within a word, which was too long to be held.
        self.within_word = False
        self.look_at = 0

    def run(self, chunks: Iterable[str]) -> Iterator[str]:
        longest = HELD * LONG
        for number, chunk in enumerate(chunks):
            check_text(chunk, f"chunk {number}")
            # A chunk may be the whole of a large file: it is taken in hand by and by.
            for at in range(0, len(chunk), longest):
                self.text += chunk[at : at + longest]
                yield from self._decided(longest)
        self.look_at = 0
        yield from self._decided(longest)
        while self.text:
            yield self._advance(len(self.text), ends=True)
        if mark := self._closing_mark():
            yield mark

    def _decided(self, longest: int) -> Iterator[str]:
        """Write all that is decided by what is in hand."""
        while (size := self._document(longest)) is not None:
            yield self._advance(size)

    def _document(self, longest: int) -> int | None:
        """Measure the next document, in characters: the words to hold, if they and the gap after them are there."""
        # Counting the words anew at each of a million tiny chunks would take far longer than restoring them.
        if len(self.text) < min(self.look_at, longest):
            return None
        begin = next(islice(WORD.finditer(self.text), HELD, None), None)
        if begin is not None and begin.start() <= longest:
            return begin.start()
        self.look_at = len(self.text) + HELD
        return longest if len(self.text) >= longest else None

    def _advance(self, size: int, *, ends: bool = False) -> str:
        """Restore the next document as far as it is decided, and let go of that."""
        from newsnorm.decoding import Carried
        from newsnorm.decoding import cut as cuts

        self.look_at = 0
        if self.within_word and (rest := _REST_OF_WORD.match(self.text, 0, size)):
            return self._pass_on(rest.end())
        self.within_word = False
        document, decoded = self._decode(self.text[:size], ends=ends)
        n = len(document.words)
        if ends and n:
            self.carried = None
            return self._write(document, decoded, size)
        if ends:
            return self._closing_mark() + self._pass_on(size)
        if n < 2:
            self.within_word = n == 1 and document.ends[0] == size
            self.carried = self.carried or Carried(starts=n == 0)
            return self._pass_on(size)
        cut, self.carried = cuts.choose(document, decoded, self.carried, self.threshold)
        self.context = [*self.context, *document.words[:cut]][-CONTEXT:]
        return self._write(document, decoded, document.begins[cut])

    def _decode(self, text: str, *, ends: bool) -> tuple[Document, Decoded]:
        # Imported here, because `import newsnorm` must cost neither numpy nor onnxruntime.
        from newsnorm import decoding
        from newsnorm.document import parse

        document = parse(text)
        scores = next(self.scorer.score_many([[*self.context, *document.words]]))[len(self.context) :]
        return document, decoding.decode(
            scores,
            document,
            biases=self.scorer.biases,
            calibration=self.scorer.calibration,
            paragraphs=self.paragraphs,
            carried=self.carried,
            ends=ends,
        )

    def _write(self, document: Document, decoded: Decoded, size: int) -> str:
        from newsnorm import render

        edits = render.edit(
            document, decoded, self.scorer.forms, kinds=self.kinds, threshold=self.threshold, quotes=self.quotes
        )
        # At the cut itself stand the marks before the next word, which are written here, and its case, which is not.
        return write_edits(
            self._pass_on(size), (edit for edit in edits if edit[0] < size or (edit[0] == size and not edit[1]))
        )

    def _closing_mark(self) -> str:
        """Close the quotation that is open where nothing follows any more that could be restored."""
        from newsnorm.render import CURLY_CLOSING

        carried, self.carried = self.carried, None
        if carried is None or not carried.quote or not carried.written or "quotes" not in self.kinds:
            return ""
        return ('"' if carried.quote == 1 else "'\"").translate(CURLY_CLOSING if self.quotes == "curly" else {})

    def _pass_on(self, size: int) -> str:
        passed, self.text = self.text[:size], self.text[size:]
        return passed
