"""Reading: from formatted text to labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import regex
from numpy.typing import NDArray

from newsnorm.labels import heads
from newsnorm.labels.heads import APOSTROPHE, BRACKET, CLOSE, HEADS, MARK, OPEN, PARAGRAPH, SIGN, Labelled, Labels
from newsnorm.labels.separators import normalise, same_marks, sides
from newsnorm.labels.writing import Nesting, write, write_separator
from newsnorm.words import WORD, lower

# --- abbreviations: the period after these words does not end a sentence ----------------------------------------------

#: Always followed by a name or number: ``Gen. Mark Milley``, ``No. 1``, ``Sept. 11``.
_TITLES = frozenset(
    "mr mrs ms messrs dr prof rev hon gen brig lt maj col cmdr capt sgt cpl pvt adm sen sens rep reps gov govs "
    "pres supt insp det st mt ft vs no nos jan feb aug sept oct nov dec".split()
)
#: Followed by the rest of the sentence or by the next one: ``Apple Inc. said``, ``10 a.m. The vote``.
_ENDINGS = frozenset(
    "jr sr inc corp co ltd bros plc cos assn dept univ est ave blvd rd etc al ed eds ph "
    "ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn miss mo mont neb nev okla ore pa "
    "tenn tex va vt wash wis wyo mar apr jun jul sep min max approx".split()
)
_SMALL_ENDINGS = frozenset("etc al est approx ph".split())
#: Words that have a capital only at the start of a sentence. After an ending, such a capital shows that one starts.
_STARTERS = frozenset(
    "the a an this that these those it its he she they we you his her their our my there here in on at by for from "
    "with to of as if when while after before since until although though because but and or so yet still also then "
    "now what who why how where which however meanwhile no not one some many most more all both each every another "
    "other such even just only about over under between during without within despite according asked earlier "
    "last later next is are was were do does did has have had can could will would should may might".split()
)
# --- marks ------------------------------------------------------------------------------------------------------------

#: Closing marks may come between the period of an abbreviation and a comma: Sen. Dodd (D-Conn.), who
_MARK = regex.compile(r"\.\.+|\.['\")\]]*,|[.,?!:;]")


def _ends_sentence(token: str, *, dotted: bool, following: str, separator: str) -> bool:
    """Return whether the period after *token* ends its sentence, and not only an abbreviation.

    *dotted*: a period joins the token to the previous one (``U.S``). *following* is the next token, empty at the end of
    the text, and *separator* the text between the two.
    """
    word = lower(token)
    if not following:
        return True
    if word in _TITLES and not (word == "no" and not following[0].isdigit()):
        return False
    # "She felt ill. Doctors", "a lot of mass. Scientists": only with a capital are these words states.
    ending = word in _ENDINGS and (token != word or word in _SMALL_ENDINGS)
    if not (ending or dotted or (len(word) == 1 and word.isalpha() and token != "I")):
        return True
    if "\n" in separator or '"' in separator:
        return True
    return following != lower(following) and lower(following) in _STARTERS


def _read_marks(text: str) -> str:
    """Return the class of the mark on one side of a separator; a period may be that of an abbreviation."""
    found = _MARK.search(text)
    if found is None:
        return "—" if "—" in text else ""
    mark = found.group()
    return "..." if mark.startswith("..") else ".," if mark.endswith(",") and len(mark) > 1 else mark


class _Reader:
    """Reads separators in order and keeps track of whether a single quotation is open."""

    def __init__(self, words: Sequence[str], tokens: Sequence[str], labels: Labels) -> None:
        self.words, self.tokens, self.labels = words, tokens, labels
        self.single = False
        #: Gaps where a single mark closes nothing: "villages)', he said".
        self.stray: set[int] = set()

    def gap(self, i: int, separator: str) -> None:
        """Read the separator after word *i*; -1 is the gap before the first word."""
        row = self.labels[i] if i >= 0 else None
        ahead = self.labels[i + 1] if i + 1 < len(self.words) else None
        if row is not None and ahead is not None:
            # 2010–12
            join = "-" if separator == "—" and (self.words[i][-1] + self.words[i + 1][0]).isdigit() else separator
            if join in heads.JOINS:
                row[heads.JOIN] = heads.JOINS[join]
                return
        left, free, right = self._cut(i, separator)
        if "\n" in separator and row is not None and ahead is not None:
            row[PARAGRAPH] = 1
        if row is not None:
            self._suffix(i, row, left)
            row[MARK] = self.mark(i, separator)
        if "\n" in separator:
            self.single = False
        if ahead is not None:
            self._prefix(i + 1, ahead, free + right)

    def _cut(self, i: int, separator: str) -> tuple[str, str, str]:
        """Split the separator after word *i* into the marks of that word, free marks, and marks of the next word."""
        left, free, right = sides(separator)
        if i < 0 or i + 1 == len(self.words):
            # At either end of the text, only one side has a word.
            return ("", "", left + free + right) if i < 0 else (left + free + right, "", "")
        if any(map(str.isspace, separator)):
            return left, free, right
        # Without white space (said."We), the marks of the next word begin with the first opening one.
        cut = next((k for k, c in enumerate(left) if c in "([$£€#@" or (c in "\"'" and k > 0)), len(left))
        return left[:cut], "", left[cut:]

    def mark(self, i: int, separator: str) -> int:
        """Return the class of the mark in the separator after word *i*."""
        left, free, _ = self._cut(i, separator)
        mark = _read_marks(left) or _read_marks(free)
        if mark != "." or "%" in left:
            return heads.MARKS[mark]
        dotted = i > 0 and self.words[i].isalpha() and bool(self.labels[i - 1, heads.JOIN] == heads.JOINS["."])
        following = self.tokens[i + 1] if i + 1 < len(self.tokens) else ""
        ends = _ends_sentence(self.tokens[i], dotted=dotted, following=following, separator=separator)
        return heads.MARKS["." if ends else "abbreviation"]

    def _suffix(self, i: int, row: Labels, left: str) -> None:
        quotes = ""
        # Three single marks close a single quotation, then a double one, whichever of them were written last.
        left = left.replace("\"'", "'\"")
        for c in left:
            if c == left[0] == "'" and not self.single and not quotes and row[APOSTROPHE] != heads.LEADING:
                # officials' vote: no single quotation is open, so this is an apostrophe.
                row[APOSTROPHE] = heads.TRAILING
            elif c == "'":
                # A nested single quotation closes first, even if its mark was written last: villages".'
                quotes = "'" + quotes if self.single else quotes + "'"
                if not self.single:
                    self.stray.add(i + 1)
                self.single = False
            elif c == '"':
                quotes += '"'
            elif c in ")]":
                # "(" before the word and ")" after it are one class: (R), [sic].
                row[BRACKET] = heads.BRACKETS.get(HEADS["bracket"][row[BRACKET]] + c, row[BRACKET])
            elif c == "%":
                row[SIGN] = heads.SIGNS["%"]
        # Of marks without a class ('.' after a word) one is kept, because what they close must also close in writing.
        row[CLOSE] = heads.CLOSES.get(quotes, heads.CLOSES['"' if '"' in quotes else "'"])
        if row[CLOSE] == heads.DOUBLE:
            self.single = False

    def _prefix(self, i: int, row: Labels, right: str) -> None:
        quotes = ""
        for c in right:
            if c == '"':
                quotes += c
            elif c == "'":
                if heads.is_clipped(self.words[i]):
                    row[APOSTROPHE] = heads.LEADING
                else:
                    quotes += c
            elif c in "([":
                row[BRACKET] = heads.BRACKETS[c]
            elif c in heads.SIGNS and c != "%":
                row[SIGN] = heads.SIGNS[c]
        row[OPEN] = heads.OPENS.get(quotes, heads.OPENS['"'] if '"' in quotes else 0)
        if "'" in HEADS["open"][row[OPEN]]:
            self.single = True


def starts(row: Labels | None, ahead: Labels) -> bool | None:
    """Return whether a sentence starts at a word, given its row (*ahead*) and the previous one (``None``: text start).

    ``True`` and ``False`` follow from the marks. ``None`` leaves the decision to the word's case (or the ``start``
    head): after an opening quotation mark, a colon, a dash, or a closing quotation mark that follows a question mark.
    """
    if row is None:
        return True
    ended = row[MARK] in heads.SENTENCE_STARTS_AFTER
    if ended and not row[CLOSE]:
        return True
    may_start = ended or row[MARK] in heads.SENTENCE_MAY_START_AFTER or row[PARAGRAPH] or ahead[OPEN]
    return None if may_start or ahead[BRACKET] in heads.OPENING_BRACKETS else False


def _read_cases(tokens: Sequence[str], labels: Labels) -> dict[int, str]:
    """Fill in ``start`` and ``case``; return the forms of the words in mixed case."""
    forms = {}
    for i, token in enumerate(tokens):
        row = labels[i]
        case = heads.classify_case(token)
        at_start = case != heads.LOWER and starts(labels[i - 1] if i else None, row) is not False
        row[heads.START] = at_start
        if at_start and (case == heads.TITLE or len(token) == 1):
            case = heads.LOWER
        row[heads.CASE] = case
        if case == heads.MIXED:
            forms[i] = token
    return forms


def tokenize(text: str) -> tuple[list[str], list[str]]:
    """Split *text* into tokens and the separators around them, one more than tokens.

    >>> tokenize('"They left," she said.')
    (['They', 'left', 'she', 'said'], ['"', ' ', '," ', ' ', '.'])
    """
    tokens, separators, last = [], [], 0
    for match in WORD.finditer(text):
        separators.append(text[last : match.start()])
        tokens.append(match.group())
        last = match.end()
    separators.append(text[last:])
    return tokens, separators


def read(text: str) -> Labelled:
    """Return the words of formatted *text* and their labels.

    >>> labelled = read('"It was Yemen\\'s bread," she said.')
    >>> labelled.words
    ['it', 'was', 'yemen', 's', 'bread', 'she', 'said']
    >>> HEADS["mark"][labelled.labels[4, heads.MARK]], HEADS["close"][labelled.labels[4, heads.CLOSE]]
    (',', '"')

    Args:
        text: Formatted text, any Unicode. A line break is a paragraph break.

    Returns:
        Words and labels; ``write`` turns them into the canonical form of the text.

    Cost: O(n), about 100,000 words a second.
    """
    tokens, separators = tokenize(text)
    words = [lower(token) for token in tokens]
    labels, known, _ = read_separators(words, tokens, separators)
    return Labelled(words, labels, known[1:], _read_cases(tokens, labels))


def read_separators(
    words: Sequence[str], tokens: Sequence[str], separators: Sequence[str]
) -> tuple[Labels, NDArray[np.bool_], frozenset[int]]:
    """Return the labels of *separators*, one more than *words*; ``start`` and ``case`` stay at zero.

    Returns:
        labels: int8, shape ``(n_words, n_heads)``.
        known: bool, shape ``(n_words + 1,)``: labels can express the separator.
        stray: Gaps that labels could express but for a single mark that closes nothing.
    """
    labels: Labels = np.zeros((len(words), len(HEADS)), np.int8)
    reader = _Reader(words, tokens, labels)
    normal = {g: normalise(separator) for g, separator in enumerate(separators) if separator != " "}
    for g, separator in normal.items():
        reader.gap(g - 1, separator)
    known, stray, nesting = np.ones(len(separators), bool), set(), Nesting(labels)
    for g, separator in normal.items():
        written = write_separator(labels, g, nesting)
        known[g] = same_marks(separator, written, inside=0 < g < len(words))
        if known[g] and g and separator != written:
            # Right after the word, a stray mark would be an apostrophe, and the period of Mr). an abbreviation's.
            known[g] = reader.mark(g - 1, written) == labels[g - 1, MARK]
            if g in reader.stray and written.startswith("'"):
                known[g] = False
                stray.add(g)
    return labels, known, frozenset(stray)


def canonical(text: str) -> str:
    """Return *text* as `restore` would write it: plain marks, American order, single spaces, one paragraph a line.

    What labels cannot express (a bullet, a second mark) is left out.
    """
    return write(read(text))
