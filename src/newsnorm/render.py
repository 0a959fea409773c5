"""From labels to edits: the only stage that decides what is written where.

Edits are computed from offsets into the source text, never by searching a restored copy, so that everything else stays
as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import regex
from attrs import frozen

from newsnorm.decoding import Decoded
from newsnorm.document import Document
from newsnorm.edits import RawEdit
from newsnorm.kinds import Kind, QuoteStyle
from newsnorm.labels import HEADS, heads
from newsnorm.labels.writing import Nesting, Slot, busy_gaps, prefix, suffix
from newsnorm.restoration import Quotation
from newsnorm.words import BLANKS, COLONS, COMMAS, DASHES, DOUBLE_QUOTES, SINGLE_QUOTES, title, upper

_KINDS: dict[int, Kind] = {
    heads.APOSTROPHE: "contractions",
    heads.MARK: "punctuation",
    heads.CLOSE: "quotes",
    heads.OPEN: "quotes",
    heads.BRACKET: "punctuation",
    heads.SIGN: "numbers",
}
_JOIN_KINDS: dict[str, Kind] = {
    "'": "contractions",
    "-": "hyphens",
    ".": "abbreviations",
    ",": "numbers",
    ":": "numbers",
    "/": "hyphens",
    "&": "abbreviations",
    "@": "abbreviations",
    " & ": "abbreviations",
}
#: The glyphs that each mark may have in a text. Two single marks may be a double one.
_VARIANTS = {
    '"': DOUBLE_QUOTES + "'`",
    "'": SINGLE_QUOTES,
    "—": DASHES + "-",
    " ": DASHES + "-",
    ".": ".…",
    ":": COLONS,
    ",": COMMAS,
}
#: The marks of a class in a text, where they differ from its name.
_SHOWN_MARKS: dict[str, tuple[str, ...]] = {"": (), "abbreviation": (".",), ".,": (".", ","), "—": (" —",)}
#: The classes of each head, by the head's number.
_CLASSES = tuple(HEADS.values())
_PAIRED = (heads.BRACKET, heads.OPEN, heads.CLOSE)
_LAST_WHITE_SPACE = regex.compile(f"(?r){BLANKS}")
_DOUBLE_QUOTE = regex.compile(f"[{DOUBLE_QUOTES}]|''|``|’’|‘‘")


@frozen
class _Mark:
    """A single mark, and whether the text already has it."""

    form: str
    shown: bool
    kind: Kind
    probability: float


class _Writer:
    """Turns the labels of one document into edits, gap by gap."""

    def __init__(
        self, document: Document, decoded: Decoded, kinds: Collection[Kind], threshold: float, quotes: QuoteStyle
    ) -> None:
        self.document, self.decoded, self.kinds, self.threshold = document, decoded, kinds, threshold
        self.curly = quotes == "curly"
        self.nesting = Nesting(decoded.labels)
        self.edits: list[RawEdit] = []

    def put(self, offset: int, before: str, after: str, kind: Kind, probability: float) -> None:
        # Compared as the double that is reported: a single would also pass a slightly higher threshold.
        probability = float(probability)
        if kind in self.kinds and probability >= self.threshold:
            self.edits.append((offset, before, after, kind, probability))

    def gap(self, g: int) -> None:
        """Edit the gap before word *g*."""
        document, labels = self.document, self.decoded.labels
        n = len(labels)
        begin, end = document.span(g)
        if 0 < g < n and (join := int(labels[g - 1, heads.JOIN])):
            self._join(g, begin, end, join)
            return
        if not document.free[g]:
            return
        separator = document.text[begin:end]
        if g:
            self._suffix(g, begin, separator)
            if g < n and labels[g - 1, heads.PARAGRAPH] and not document.newline[g]:
                # Not the space before a dash, which may itself be restored.
                blank = _LAST_WHITE_SPACE.search(separator)
                assert blank is not None  # between words, only a gap with white space has room
                probability = self.decoded.probabilities[g - 1, heads.PARAGRAPH]
                self.put(begin + blank.start(), blank[0][0], "\n", "paragraphs", probability)
        if g < n:
            self._prefix(g, end, separator)

    def _join(self, g: int, begin: int, end: int, join: int) -> None:
        document = self.document
        if document.shown[g - 1, heads.JOIN]:
            return
        form = HEADS["join"][join]
        kind = _JOIN_KINDS[form]
        if form in "./" and document.words[g - 1][-1].isdigit() and document.words[g][0].isdigit():
            kind = "numbers"
        before = document.text[begin:end]
        self.put(begin, before, self._style(form), kind, self.decoded.probabilities[g - 1, heads.JOIN])

    def _shown_marks(self, head: int, i: int) -> Collection[str]:
        """Return the marks of a head that the text has at word *i*."""
        name = _CLASSES[head][int(self.document.shown[i, head])]
        if head == heads.MARK:
            return _SHOWN_MARKS.get(name, (name,))
        if head == heads.APOSTROPHE:
            # Read without knowing what is open, an apostrophe after the word looks like a closing single mark,
            leading = self.decoded.labels[i, heads.APOSTROPHE] == heads.LEADING
            return "'" if name or (not leading and self.document.shown[i, heads.CLOSE] >= heads.CLOSES["'"]) else ""
        if head == heads.CLOSE and self.document.shown[i, heads.APOSTROPHE] == heads.TRAILING:
            # and a closing single mark looks like an apostrophe.
            return "'" + name
        return name

    def _suffix(self, g: int, begin: int, separator: str) -> None:
        labels, i, cursor = self.decoded.labels, g - 1, 0
        # Marks after the white space belong to the next word. Between spaces there is at most a dash or an ellipsis.
        near, far = self._white_space(separator) if g < len(labels) else (len(separator), len(separator))
        for head, form in self._in_text_order(suffix(labels, i, self.nesting), i, separator[:near]):
            for mark in self._split(head, i, form):
                if mark.shown:
                    cursor = self._end_of_mark(separator, mark.form, cursor, far)
                else:
                    self.put(begin + cursor, "", self._style(mark.form), mark.kind, mark.probability)

    def _prefix(self, g: int, end: int, separator: str) -> None:
        begin, cursor, first = end - len(separator), len(separator), len(self.edits)
        _, nearest = self._white_space(separator) if g else (0, 0)
        slots = self._in_text_order(prefix(self.decoded.labels, g, self.nesting), g, separator[nearest:])
        for head, form in reversed(slots):
            for mark in reversed(self._split(head, g, form)):
                if mark.shown:
                    cursor = self._start_of_mark(separator, mark.form, cursor, nearest)
                else:
                    styled = self._style(mark.form, opens=head == heads.OPEN)
                    self.put(begin + cursor, "", styled, mark.kind, mark.probability)
        # They were found from the word outwards.
        self.edits[first:] = reversed(self.edits[first:])

    def _in_text_order(self, slots: list[Slot], i: int, separator: str) -> list[Slot]:
        """Order a bracket and quotation marks as in the text, which may have ``("We`` instead of ``"(We``."""
        #: For each slot with a mark in the text, the place of that mark.
        shown: dict[int, int] = {}
        for k, (head, form) in enumerate(slots):
            for mark in form if head in _PAIRED else "":
                if mark in self._shown_marks(head, i):
                    shown[k] = self._end_of_mark(separator, mark, 0, len(separator))
        if len(shown) == 2 and [*shown.values()] != sorted(shown.values()):
            one, other = shown
            slots[one], slots[other] = slots[other], slots[one]
        return slots

    def _split(self, head: int, i: int, form: str) -> list[_Mark]:
        """Split a slot into its marks, such as the two quotation marks of ``'"``."""
        probability = float(self.decoded.probabilities[i, head])
        kind = _KINDS[head]
        if head == heads.MARK and form == "." and int(self.decoded.labels[i, heads.MARK]) in heads.ABBREVIATED:
            kind = "abbreviations"
        shown = self._shown_marks(head, i)
        marks = form if head in (heads.OPEN, heads.CLOSE) else (form,)
        return [_Mark(mark, mark in shown, kind, probability) for mark in marks]

    @staticmethod
    def _white_space(separator: str) -> tuple[int, int]:
        """Return the start of the first white space of *separator* and the end of the last."""
        blank = [k for k, c in enumerate(separator) if c.isspace()] or [len(separator)]
        return blank[0], blank[-1] + 1

    @staticmethod
    def _end_of_mark(separator: str, form: str, cursor: int, end: int) -> int:
        """Return the end of the mark *form* in *separator*, searched from *cursor* to *end*."""
        variants = _VARIANTS.get(form.strip()[:1], form)
        for k in range(cursor, end):
            if separator[k] in variants:
                k += 1
                while k < end and separator[k] in variants and form in ('"', "..."):
                    k += 1
                # The dots of an ellipsis may be spaced.
                while form == "..." and separator[k : k + 2] in (" .", "\xa0."):
                    k += 2
                return k
        return cursor

    @staticmethod
    def _start_of_mark(separator: str, form: str, cursor: int, begin: int) -> int:
        """Return the start of the mark *form* in *separator*, searched from *cursor* back to *begin*."""
        variants = _VARIANTS.get(form[:1], form)
        for k in range(cursor - 1, begin - 1, -1):
            if separator[k] in variants:
                while k > begin and separator[k - 1] == separator[k] and form == '"':
                    k -= 1
                return k
        return cursor

    def _style(self, form: str, *, opens: bool = False) -> str:
        return form.translate(CURLY_OPENING if opens else CURLY_CLOSING) if self.curly else form

    def case(self, i: int, lexicon: dict[str, str]) -> None:
        """Edit the case of word *i*, which is in lower case, or in capitals in a text of capitals."""
        document, row = self.document, self.decoded.labels[i]
        token, word = document.tokens[i], document.words[i]
        case, known = int(row[heads.CASE]), lexicon.get(word)
        if known is None and token not in (word, upper(word)):
            return
        form = heads.write_in_case(word, case, known)
        if row[heads.START] and case == heads.LOWER:
            form = title(form)
        joins = self.decoded.labels[max(0, i - 1) : i + 1, heads.JOIN]
        if form != token and not document.address[i] and heads.JOINS["@"] not in joins:
            self.put(document.begins[i], token, form, "case", self.decoded.probabilities[i, heads.CASE])


CURLY_OPENING = str.maketrans({'"': "“", "'": "‘"})
CURLY_CLOSING = str.maketrans({'"': "”", "'": "’"})


def edit(
    document: Document,
    decoded: Decoded,
    lexicon: dict[str, str],
    *,
    kinds: Collection[Kind],
    threshold: float,
    quotes: QuoteStyle,
) -> list[RawEdit]:
    """Return the edits that turn *document* into *decoded*, in the order of the text.

    They are the edits of *kinds* with a probability of at least *threshold*. *lexicon* maps flat words to their mixed
    forms: ``{"mcconnell": "McConnell"}``.
    """
    labels = decoded.labels
    writer = _Writer(document, decoded, kinds, threshold, quotes)
    if not len(labels):
        return []
    gaps = set(map(int, busy_gaps(labels)))
    cased = [i for i, token in enumerate(document.tokens) if token == document.words[i]]
    wanted = {i for i in cased if labels[i, heads.CASE] or labels[i, heads.START]}.union(decoded.capitals)
    for g in sorted(gaps | wanted):
        if g in gaps:
            writer.gap(g)
        if g in wanted:
            writer.case(g, lexicon)
    return writer.edits


def find_quotations(document: Document, decoded: Decoded, edits: Sequence[RawEdit], text: str) -> list[Quotation]:
    """Return the pairs of *decoded* whose marks are in the restored *text*."""
    if not decoded.pairs:
        return []
    begins, ends = _restored_spans(document, edits)
    found = []
    for first, last, probability in decoded.pairs:
        before = text[ends[first - 1] if first else 0 : begins[first]]
        after = text[ends[last] : begins[last + 1] if last + 1 < len(begins) else len(text)]
        # A restored mark opens after the white space and closes before it; other marks belong to another pair.
        if first and not document.shown[first, heads.OPEN]:
            before = before[_after_white_space(before) :]
        if last + 1 < len(begins) and not document.shown[last, heads.CLOSE]:
            after = after[: _after_white_space(after)]
        marks, closing = list(_DOUBLE_QUOTE.finditer(before)), _DOUBLE_QUOTE.search(after)
        if marks and closing:
            start = begins[first] - len(before) + marks[-1].end()
            end = ends[last] + closing.start()
            found.append(Quotation(start, end, text[start:end], probability))
    return found


def _after_white_space(text: str) -> int:
    """Return the end of the last white space of *text*, or 0."""
    blank = _LAST_WHITE_SPACE.search(text)
    return blank.end() if blank else 0


def _restored_spans(document: Document, edits: Sequence[RawEdit]) -> tuple[list[int], list[int]]:
    """Return the starts and the ends of the words in the restored text. Marks move words, case edits do not."""
    begins, ends, shift, k = [], [], 0, 0
    for begin, end in zip(document.begins, document.ends, strict=True):
        while k < len(edits) and edits[k][0] <= begin:
            shift += len(edits[k][2]) - len(edits[k][1])
            k += 1
        begins.append(begin + shift)
        ends.append(end + shift)
    return begins, ends
