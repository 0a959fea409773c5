"""Reading: from formatted text to labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import regex
from numpy.typing import NDArray

from newsnorm.labels import heads
from newsnorm.labels.heads import HEADS, Labelled, Labels
from newsnorm.labels.separators import normalise, same_marks, sides
from newsnorm.labels.writing import Nesting, write, write_separator
from newsnorm.words import WORD, lower

# --- abbreviations: the period after these words ends no sentence -----------------------------------------------------

#: Always followed by what they belong to: ``Gen. Mark Milley``, ``No. 1``, ``Sept. 11``.
_TITLES = frozenset(
    "mr mrs ms messrs dr prof rev hon gen brig lt maj col cmdr capt sgt cpl pvt adm sen sens rep reps gov govs "
    "pres supt insp det st mt ft vs no nos jan feb aug sept oct nov dec".split()
)
#: Followed by more of the sentence or by the next one: ``Apple Inc. said``, ``10 a.m. The vote``.
_ENDINGS = frozenset(
    "jr sr inc corp co ltd bros plc cos assn dept univ est ave blvd rd etc al ed eds ph "
    "ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn miss mo mont neb nev okla ore pa "
    "tenn tex va vt wash wis wyo mar apr jun jul sep min max approx".split()
)
_SMALL_ENDINGS = frozenset("etc al est approx ph".split())
#: Words that are capitals only because they start a sentence; after an ending they tell that one has begun.
_STARTERS = frozenset(
    "the a an this that these those it its he she they we you his her their our my there here in on at by for from "
    "with to of as if when while after before since until although though because but and or so yet still also then "
    "now what who why how where which however meanwhile no not one some many most more all both each every another "
    "other such even just only about over under between during without within despite according asked earlier "
    "last later next is are was were do does did has have had can could will would should may might".split()
)
# --- marks ------------------------------------------------------------------------------------------------------------

#: Closing marks may stand between the period of an abbreviation and a comma: Sen. Dodd (D-Conn.), who
_MARK = regex.compile(r"\.\.+|\.['\")\]]*,|[.,?!:;]")


def _ends_sentence(token: str, *, dotted: bool, following: str, separator: str) -> bool:
    """Tell whether the period after *token* ends its sentence, or only an abbreviation.

    *dotted*: a period joins the token to the one before it (``U.S``); *following* is the next token, empty at the end
    of the text; *separator* is what stands between the two.
    """
    word = lower(token)
    if not following:
        return True
    if word in _TITLES and not (word == "no" and not following[0].isdigit()):
        return False
    # "She felt ill. Doctors", "a lot of mass. Scientists": the states are written with a capital.
    ending = word in _ENDINGS and (token != word or word in _SMALL_ENDINGS)
    if not (ending or dotted or (len(word) == 1 and word.isalpha() and token != "I")):
        return True
    if "\n" in separator or '"' in separator:
        return True
    return following != lower(following) and lower(following) in _STARTERS


def _read_marks(text: str) -> str:
    """Find the mark class in the marks of one side of a separator; a period may be an abbreviation's."""
    found = _MARK.search(text)
    if found is None:
        return "—" if "—" in text else ""
    mark = found.group()
    return "..." if mark.startswith("..") else ".," if mark.endswith(",") and len(mark) > 1 else mark


class _Reader:
    """Reads separators one after the other; knows whether a single quotation mark is open."""

    def __init__(self, words: Sequence[str], tokens: Sequence[str], labels: Labels) -> None:
        self.words, self.tokens, self.labels = words, tokens, labels
        self.single = False
        #: Gaps in which a single mark closes nothing: "villages)', he said".
        self.stray: set[int] = set()

    def gap(self, i: int, separator: str) -> None:
        """Read the separator between word *i* (-1: none) and the next one (past the last: none)."""
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
            row[heads.PARAGRAPH] = 1
        if row is not None:
            self._suffix(i, row, left)
            row[heads.MARK] = self.mark(i, separator)
        if "\n" in separator:
            self.single = False
        if ahead is not None:
            self._prefix(i + 1, ahead, free + right)

    def _cut(self, i: int, separator: str) -> tuple[str, str, str]:
        """Cut the separator after word *i* into what hangs on it, what stands free, what hangs on the next word."""
        left, free, right = sides(separator)
        if i < 0 or i + 1 == len(self.words):
            # At either end of the text there is a word on one side only.
            return ("", "", left + free + right) if i < 0 else (left + free + right, "", "")
        if any(map(str.isspace, separator)):
            return left, free, right
        # Without white space (said."We) the next word begins with the first opening sign.
        cut = next((k for k, c in enumerate(left) if c in "([$£€#@" or (c in "\"'" and k > 0)), len(left))
        return left[:cut], "", left[cut:]

    def mark(self, i: int, separator: str) -> int:
        """Read the mark in the separator after word *i*; a period may be an abbreviation's."""
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
        # Three single marks close a single quotation and then a double one, whichever two of them were put in last.
        left = left.replace("\"'", "'\"")
        for c in left:
            if (
                c == "'"
                and left[0] == "'"
                and not self.single
                and not quotes
                and row[heads.APOSTROPHE] != heads.LEADING
            ):
                # officials' vote: no single quotation mark is open, so this is an apostrophe.
                row[heads.APOSTROPHE] = heads.TRAILING
            elif c == "'":
                # Within a double quotation it closes first, even where it was put in last: villages".'
                quotes = "'" + quotes if self.single else quotes + "'"
                if not self.single:
                    self.stray.add(i + 1)
                self.single = False
            elif c == '"':
                quotes += '"'
            elif c in ")]":
                # "(" before the word and ")" after it make one class: (R), [sic].
                row[heads.BRACKET] = heads.BRACKETS.get(HEADS["bracket"][row[heads.BRACKET]] + c, row[heads.BRACKET])
            elif c == "%":
                row[heads.SIGN] = heads.SIGNS["%"]
        # Of marks that no class stands for ('.' after a word) one is kept: what they close is closed in writing, too.
        row[heads.CLOSE] = heads.CLOSES.get(quotes, heads.CLOSES['"' if '"' in quotes else "'"])
        if row[heads.CLOSE] == heads.CLOSES['"']:
            self.single = False

    def _prefix(self, i: int, row: Labels, right: str) -> None:
        quotes = ""
        for c in right:
            if c == '"':
                quotes += c
            elif c == "'":
                if heads.is_clipped(self.words[i]):
                    row[heads.APOSTROPHE] = heads.LEADING
                else:
                    quotes += c
            elif c in "([":
                row[heads.BRACKET] = heads.BRACKETS[c]
            elif c in heads.SIGNS and c != "%":
                row[heads.SIGN] = heads.SIGNS[c]
        row[heads.OPEN] = heads.OPENS.get(quotes, heads.OPENS['"'] if '"' in quotes else 0)
        if "'" in HEADS["open"][row[heads.OPEN]]:
            self.single = True


def starts(row: Labels | None, ahead: Labels) -> bool | None:
    """Tell whether a sentence starts at the word *ahead* labels, given the row before it (``None``: text start).

    ``True`` and ``False`` follow from the marks; ``None`` leaves it to the case of the word (or the ``start`` head):
    after an opening quotation mark, a colon, a dash, a closing quotation mark with a question mark before it.
    """
    if row is None:
        return True
    if row[heads.MARK] in heads.SENTENCE_STARTS_AFTER and not row[heads.CLOSE]:
        return True
    if (
        row[heads.MARK] in heads.SENTENCE_STARTS_AFTER
        or row[heads.MARK] in heads.SENTENCE_MAY_START_AFTER
        or row[heads.PARAGRAPH]
        or ahead[heads.OPEN]
        or ahead[heads.BRACKET] in heads.OPENING_BRACKETS
    ):
        return None
    return False


def _read_cases(tokens: Sequence[str], labels: Labels) -> dict[int, str]:
    """Fill in ``start`` and ``case``; return the forms of the words whose case is mixed."""
    forms = {}
    for i, token in enumerate(tokens):
        row = labels[i]
        case = heads.classify_case(token)
        capital = token != lower(token)
        at_start = capital and starts(labels[i - 1] if i else None, row) is not False
        row[heads.START] = at_start
        if at_start and (case == heads.TITLE or len(token) == 1):
            case = heads.LOWER
        row[heads.CASE] = case
        if case == heads.MIXED:
            forms[i] = token
    return forms


def tokenize(text: str) -> tuple[list[str], list[str]]:
    """Cut *text* into its tokens and the separators around them, one more than tokens.

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
    """Read the labels off formatted *text*.

    >>> labelled = read('"It was Yemen\\'s bread," she said.')
    >>> labelled.words
    ['it', 'was', 'yemen', 's', 'bread', 'she', 'said']
    >>> HEADS["mark"][labelled.labels[4, heads.MARK]], HEADS["close"][labelled.labels[4, heads.CLOSE]]
    (',', '"')

    Args:
        text: Formatted text, any Unicode. A line break is a paragraph break.

    Returns:
        Words and labels; ``write`` gives the text back in its canonical form.

    Cost: O(n), about 100,000 words a second.
    """
    tokens, separators = tokenize(text)
    words = [lower(token) for token in tokens]
    labels, known, _ = read_separators(words, tokens, separators)
    return Labelled(words, labels, known[1:], _read_cases(tokens, labels))


def read_separators(
    words: Sequence[str], tokens: Sequence[str], separators: Sequence[str]
) -> tuple[Labels, NDArray[np.bool_], frozenset[int]]:
    """Read the labels off *separators*, one more than *words*, leaving ``start`` and ``case`` at zero.

    Returns:
        labels: int8, shape ``(n_words, n_heads)``.
        known: bool, shape ``(n_words + 1,)``: the separator is one that labels can express.
        stray: Numbers of those that labels could express if they did not hold a single mark that closes nothing.
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
            # Right after the word a stray mark would be an apostrophe, and the period of Mr). an abbreviation's.
            known[g] = reader.mark(g - 1, written) == labels[g - 1, heads.MARK]
            if g in reader.stray and written.startswith("'"):
                known[g] = False
                stray.add(g)
    return labels, known, frozenset(stray)


def canonical(text: str) -> str:
    """Write *text* as newsnorm writes it: plain marks, American order, one space, one paragraph a line.

    What the inventory cannot express (a bullet, a second mark) is left out: canonical text is what `restore` aims at.
    """
    return write(read(text))
