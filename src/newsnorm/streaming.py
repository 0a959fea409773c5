"""Restoring a text that arrives in pieces and may never end, in constant memory.

The text is restored a document at a time: of the buffered words, all but the last sixth are written. Where the next
document begins depends on the text alone, never on the pieces in which it arrived::

    |- written ------------------------------|- ahead -|
                                             |- written --------------------|- ahead -|

The cut is where a sentence starts, if possible outside quotations and brackets. What is open there is carried to the
next document, so a quotation that runs for a thousand words still closes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import regex

from newsnorm.edits import write_edits
from newsnorm.errors import check_text
from newsnorm.kinds import KINDS, Kind, QuoteStyle
from newsnorm.options import Options
from newsnorm.words import WORD

if TYPE_CHECKING:
    from newsnorm.decoding import Carried, Decoded
    from newsnorm.document import Document
    from newsnorm.model import ModelLike

#: Words in the buffer when a document is restored. A shorter text is restored as by `restore` without consistency.
BUFFERED_WORDS = 1024
#: Words before a document that the encoder reads again for context.
CONTEXT = 48
#: The most characters in the buffer, for each word. Where words or gaps are longer than in any language, as in a
#: megabyte of zeros, a document has fewer words.
MAX_CHARS_PER_WORD = 16

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
    Restore a text that arrives in pieces, in constant memory: a pipe, a file larger than memory, a live transcript.

        >>> chunks = ["the u n said the re", "bels haven", " t left ye", "men"]
        >>> print("".join(stream(chunks)))
        The U.N. said the rebels haven't left Yemen.

    Args:
        chunks: Pieces of one text, cut anywhere, even within words; an open text file is such an iterable. They are
            read as they are needed.
        kinds: What to restore; all kinds by default, because what a text lacks is not known before its end.
        threshold: As for `restore`, like the arguments below.
        quotes: ``"straight"`` or ``"curly"``.
        paragraphs: Break the text into paragraphs.
        model: Folder of a model.

    Yields:
        Pieces of the restored text, in order, each as soon as about 170 more words have been read. Joined, they are
        the same however the text was cut. For a text of up to 1,024 words they equal
        ``restore(text, kinds=KINDS, consistent=False)``, because a stream never sees all mentions of a name. In a
        longer text some labels may differ: the encoder reads it in other windows, and each 1,024 words decide alone
        whether they are in capitals.

    Raises:
        TypeError: *chunks* is a single ``str``, or contains anything other than ``str``.
        ValueError, DataError: As for `restore`.

    Cost: O(n) time, a quarter more than `restore`; memory for 1,024 words. A run of more than 16,384 characters
    without an end to its word, or to the gap after it, is passed on as it is.

    .. versionadded:: 0.1
    """
    if isinstance(chunks, (str, bytes)):
        raise TypeError("stream takes an iterable of pieces of a text, not one text: use restore, or give [text]")
    return restore_chunks(
        chunks, Options.checked(kinds=kinds, threshold=threshold, quotes=quotes, paragraphs=paragraphs), model
    )


def restore_chunks(chunks: Iterable[str], options: Options, model: ModelLike = None) -> Iterator[str]:
    """Restore a text that arrives in *chunks*; see `stream`. A stream is never made consistent."""
    kinds = KINDS if options.kinds is None else options.kinds
    return _Stream(options._replace(kinds=kinds, consistent=False), model).run(chunks)


class _Stream:
    """The state of one text: its buffer, and what was left open at the last cut."""

    def __init__(self, options: Options, model: ModelLike) -> None:
        # Imported here, because `import newsnorm` must import neither numpy nor onnxruntime.
        from newsnorm.model import load
        from newsnorm.pipeline import choose_kinds

        self.options, self.scorer = options, load(model)
        self.kinds, _ = choose_kinds("", options)
        self.text = ""
        self.carried: Carried | None = None
        self.context: list[str] = []
        #: The last cut was within a word that was too long for the buffer.
        self.within_word = False
        self.look_at = 0

    def run(self, chunks: Iterable[str]) -> Iterator[str]:
        longest = BUFFERED_WORDS * MAX_CHARS_PER_WORD
        for number, chunk in enumerate(chunks):
            check_text(chunk, f"chunk {number}")
            # A chunk may be a whole large file, so it is added to the buffer piece by piece.
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
        """Write everything that the buffered text decides."""
        while (size := self._document(longest)) is not None:
            yield self._advance(size)

    def _document(self, longest: int) -> int | None:
        """Return the size of the next document in characters, if its words and the gap after them have arrived."""
        # Counting the words again at each of a million tiny chunks would take far longer than restoring them.
        if len(self.text) < min(self.look_at, longest):
            return None
        begin = next(islice(WORD.finditer(self.text), BUFFERED_WORDS, None), None)
        if begin is not None and begin.start() <= longest:
            return begin.start()
        self.look_at = len(self.text) + BUFFERED_WORDS
        return longest if len(self.text) >= longest else None

    def _advance(self, size: int, *, ends: bool = False) -> str:
        """Restore the next document up to the cut and drop that part from the buffer."""
        from newsnorm.decoding import Carried, cut

        self.look_at = 0
        if self.within_word and (rest := _REST_OF_WORD.match(self.text, 0, size)):
            return self._take(rest.end())
        self.within_word = False
        document, decoded = self._decode(self.text[:size], ends=ends)
        n = len(document.words)
        if ends and n:
            self.carried = None
            return self._write(document, decoded, size)
        if ends:
            return self._closing_mark() + self._take(size)
        if n < 2:
            self.within_word = n == 1 and document.ends[0] == size
            self.carried = self.carried or Carried(starts=n == 0)
            return self._take(size)
        first, self.carried = cut.choose(document, decoded, self.carried, self.options.threshold)
        self.context = [*self.context, *document.words[:first]][-CONTEXT:]
        return self._write(document, decoded, document.begins[first])

    def _decode(self, text: str, *, ends: bool) -> tuple[Document, Decoded]:
        from newsnorm.document import parse
        from newsnorm.pipeline import decide

        document = parse(text)
        scores = next(self.scorer.score_many([[*self.context, *document.words]]))[len(self.context) :]
        return document, decide(document, scores, self.scorer, self.options, carried=self.carried, ends=ends)

    def _write(self, document: Document, decoded: Decoded, size: int) -> str:
        from newsnorm.pipeline import write

        edits = write(document, decoded, self.scorer, self.options, self.kinds)
        # The marks before the next word belong to this side of the cut; the case of that word does not.
        return write_edits(
            self._take(size), (edit for edit in edits if edit[0] < size or (edit[0] == size and not edit[1]))
        )

    def _closing_mark(self) -> str:
        """Return the mark that closes an open quotation, where only text without words follows."""
        from newsnorm.decoding.quotes import IN_DOUBLE
        from newsnorm.render import CURLY_CLOSING

        carried, self.carried = self.carried, None
        if carried is None or not carried.quote or not carried.written or "quotes" not in self.kinds:
            return ""
        mark = '"' if carried.quote == IN_DOUBLE else "'\""
        return mark.translate(CURLY_CLOSING) if self.options.quotes == "curly" else mark

    def _take(self, size: int) -> str:
        """Remove the first *size* characters from the buffer and return them."""
        taken, self.text = self.text[:size], self.text[size:]
        return taken
