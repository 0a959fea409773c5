"""From labels to edits: the only stage that decides what is written where.

Edits are worked out from offsets into the source text, never by searching a marked-up copy of it, so that everything
that is not edited stays as it is.
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
#: How each mark may be written in a text that has it already. Two single marks may make a double one.
_VARIANTS = {
    '"': DOUBLE_QUOTES + "'`",
    "'": SINGLE_QUOTES,
    "—": DASHES + "-",
    " ": DASHES + "-",
    ".": ".…",
    ":": COLONS,
    ",": COMMAS,
}
#: The marks that a class may stand for in a text, where they are more or less than its own name.
_SHOWN_MARKS: dict[str, tuple[str, ...]] = {"": (), "abbreviation": (".",), ".,": (".", ","), "—": (" —",)}
#: The classes of each head, by its number.
_CLASSES = tuple(HEADS.values())
_PAIRED = (heads.BRACKET, heads.OPEN, heads.CLOSE)
#: The last white space.
_LAST_BLANK = regex.compile(f"(?r){BLANKS}")
_DOUBLE_MARK = regex.compile(f"[{DOUBLE_QUOTES}]|''|``|’’|‘‘")


@frozen
class _Part:
    """A single mark of a slot, and whether the text has it."""

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
        # As the double that is told: a threshold just above it would be rounded down to a single one.
        if kind in self.kinds and float(probability) >= self.threshold:
            self.edits.append((offset, before, after, kind, float(probability)))

    def gap(self, g: int) -> None:
        """Edit what stands before word *g*."""
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
                # Not the space before a dash, which restoring puts in where there was none.
                blank = _LAST_BLANK.search(separator)
                assert blank is not None  # between words there is room beside white space alone
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

    def _shown(self, head: int, i: int) -> Collection[str]:
        """List the marks of a head that the text shows at word *i*."""
        name = _CLASSES[head][int(self.document.shown[i, head])]
        if head == heads.MARK:
            return _SHOWN_MARKS.get(name, (name,))
        if head == heads.APOSTROPHE:
            # Read without knowing what is open, an apostrophe after the word looks like a closing single mark.
            leading = self.decoded.labels[i, heads.APOSTROPHE] == heads.LEADING
            return "'" if name or (not leading and self.document.shown[i, heads.CLOSE] >= heads.CLOSES["'"]) else ""
        if head == heads.CLOSE and self.document.shown[i, heads.APOSTROPHE] == heads.TRAILING:
            # And the other way round.
            return "'" + name
        return name

    def _suffix(self, g: int, begin: int, separator: str) -> None:
        labels, i, cursor = self.decoded.labels, g - 1, 0
        # What stands past the white space hangs on the next word; in its midst is at most a dash or an ellipsis.
        near, far = self._blanks(separator) if g < len(labels) else (len(separator), len(separator))
        for head, form in self._as_shown(suffix(labels, i, self.nesting), i, separator[:near]):
            for part in self._parts(head, i, form):
                if part.shown:
                    cursor = self._past(separator, part.form, cursor, far)
                else:
                    self.put(begin + cursor, "", self._style(part.form), part.kind, part.probability)

    def _prefix(self, g: int, end: int, separator: str) -> None:
        cursor = len(separator)
        _, nearest = self._blanks(separator) if g else (0, 0)
        placed: list[RawEdit] = []
        base = end - len(separator)
        for head, form in reversed(
            self._as_shown(prefix(self.decoded.labels, g, self.nesting), g, separator[nearest:])
        ):
            for part in reversed(self._parts(head, g, form)):
                if part.shown:
                    cursor = self._before(separator, part.form, cursor, nearest)
                elif part.kind in self.kinds and part.probability >= self.threshold:
                    form = self._style(part.form, opens=head == heads.OPEN)
                    placed.append((base + cursor, "", form, part.kind, float(part.probability)))
        self.edits += reversed(placed)

    def _as_shown(self, slots: list[Slot], i: int, separator: str) -> list[Slot]:
        """Order a bracket and quotation marks as the text has them: ``("We`` where ``"(We`` would be written."""
        # Slot and place of each, by one mark that is shown of it.
        shown: dict[int, int] = {}
        for k, (head, form) in enumerate(slots):
            for mark in form if head in _PAIRED else "":
                if mark in self._shown(head, i):
                    shown[k] = self._past(separator, mark, 0, len(separator))
        if len(shown) == 2 and [*shown.values()] != sorted(shown.values()):
            one, other = shown
            slots[one], slots[other] = slots[other], slots[one]
        return slots

    def _parts(self, head: int, i: int, form: str) -> list[_Part]:
        """Cut a slot into the marks that are put in one by one: the two quotation marks of ``'"``."""
        probability = float(self.decoded.probabilities[i, head])
        kind = _KINDS[head]
        if head == heads.MARK and form == "." and int(self.decoded.labels[i, heads.MARK]) in heads.ABBREVIATED:
            kind = "abbreviations"
        shown = self._shown(head, i)
        marks = form if head in (heads.OPEN, heads.CLOSE) else (form,)
        return [_Part(mark, mark in shown, kind, probability) for mark in marks]

    @staticmethod
    def _blanks(separator: str) -> tuple[int, int]:
        """Return where the white space of *separator* begins and where it ends, whatever stands in its midst."""
        blank = [k for k, c in enumerate(separator) if c.isspace()] or [len(separator)]
        return blank[0], blank[-1] + 1

    @staticmethod
    def _past(separator: str, form: str, cursor: int, end: int) -> int:
        """Return where *separator* goes on after the mark that it holds before *end*."""
        variants = _VARIANTS.get(form.strip()[:1], form)
        for k in range(cursor, end):
            if separator[k] in variants:
                k += 1
                while k < end and separator[k] in variants and form in ('"', "..."):
                    k += 1
                # The dots of an ellipsis may stand apart.
                while form == "..." and separator[k : k + 2] in (" .", "\xa0."):
                    k += 2
                return k
        return cursor

    @staticmethod
    def _before(separator: str, form: str, cursor: int, begin: int) -> int:
        """Return where the mark that *separator* holds past *begin* begins."""
        variants = _VARIANTS.get(form[:1], form)
        for k in range(cursor - 1, begin - 1, -1):
            if separator[k] in variants:
                while k > begin and separator[k - 1] == separator[k] and form == '"':
                    k -= 1
                return k
        return cursor

    def _style(self, form: str, *, opens: bool = False) -> str:
        if not self.curly:
            return form
        if opens:
            return form.translate(CURLY_OPENING)
        return form.translate(CURLY_CLOSING)

    def case(self, i: int, lexicon: dict[str, str]) -> None:
        """Edit the case of word *i*, which has none of its own."""
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
    """
    List the edits that write *decoded* into *document*, in the order of the text.

    Args:
        document: What stands there.
        decoded: What should.
        lexicon: Flat words to their mixed forms: ``{"mcconnell": "McConnell"}``.
        kinds: Only edits of these kinds.
        threshold: Only edits at least this likely.
        quotes: How quotation marks and apostrophes are written.
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
    """Find the pairs of *decoded* whose marks stand in the restored *text*."""
    if not decoded.pairs:
        return []
    begins, ends = _moved(document, edits)
    found = []
    for first, last, probability in decoded.pairs:
        before = text[ends[first - 1] if first else 0 : begins[first]]
        after = text[ends[last] : begins[last + 1] if last + 1 < len(begins) else len(text)]
        # What was restored opens past the white space and closes short of it; another mark there is another pair's.
        if first and not document.shown[first, heads.OPEN]:
            before = before[_past_blank(before) :]
        if last + 1 < len(begins) and not document.shown[last, heads.CLOSE]:
            after = after[: _past_blank(after)]
        marks, closing = list(_DOUBLE_MARK.finditer(before)), _DOUBLE_MARK.search(after)
        if marks and closing:
            start = begins[first] - len(before) + marks[-1].end()
            end = ends[last] + closing.start()
            found.append(Quotation(start, end, text[start:end], probability))
    return found


def _past_blank(text: str) -> int:
    """Return where the last white space of *text* ends, or 0."""
    blank = _LAST_BLANK.search(text)
    return blank.end() if blank else 0


def _moved(document: Document, edits: Sequence[RawEdit]) -> tuple[list[int], list[int]]:
    """Return where each word begins and ends in the restored text: marks move words, case edits do not."""
    begins, ends, shift, k = [], [], 0, 0
    for begin, end in zip(document.begins, document.ends, strict=True):
        while k < len(edits) and edits[k][0] <= begin:
            shift += len(edits[k][2]) - len(edits[k][1])
            k += 1
        begins.append(begin + shift)
        ends.append(end + shift)
    return begins, ends
