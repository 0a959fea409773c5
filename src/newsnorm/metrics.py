"""Precision, recall and F1 of a restored text against the gold text, class by class.

A separator between two words carries a set of marks. Each class is a set of findings (the gap of every comma, both
ends of every quotation, every word with a capital and its form) in the gold text and in the restored text, and the
metrics compare the two sets. The definitions are those of the reference scorer. Words are runs of letters and digits,
compared without case and accents. Comments point out the definitions that may surprise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence, Set
from operator import and_, eq

from attrs import frozen

from newsnorm.errors import check_text

#: Classes that combine several marks.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "punct4": ("period", "comma", "question"),
    "quotes": ("q_open", "q_close"),
    "joins": ("apos", "apos_plural", "hyphen", "dot_join", "digit_comma"),
}
_STOPS = {".": "period", ",": "comma", "?": "question", "!": "exclaim", ":": "colon", ";": "semicolon"}
#: The marks with a separate class, in the order of reports.
MARK_CLASSES = (*GROUPS["joins"], *_STOPS.values(), "dash", *GROUPS["quotes"])

Marks = frozenset[str]
_TERMINAL: Marks = frozenset({"period", "question", "exclaim"})
#: Marks that join two words. The last two have no class and count only when whole gaps are compared.
_JOINS = {"'": "apos", "-": "hyphen", ".": "dot_join", ",": "digit_comma", ":": "colon_join"}
_JOINS |= dict.fromkeys("/@&", "sym_join")

# As in the reference, and unlike in `flatten`, words have no combining marks.
_WORD = re.compile(r"[^\W_]+")
_ALIKE = str.maketrans(dict.fromkeys("“”„«»", '"') | dict.fromkeys("’‘`", "'"))
_DASH = re.compile(" ?(?:--+|–|—) ?")


@frozen
class ClassScore:
    """
    The metrics of one class, in percent with two decimals; *count* is the number of findings in the gold text.

        >>> from newsnorm import score
        >>> score("Iraq's vote, in May", "Iraq's vote in may")["apos"]
        ClassScore(precision=100.0, recall=100.0, f1=100.0, count=1)
    """

    precision: float
    recall: float
    f1: float
    count: int


@frozen
class Score:
    """
    The metrics of a restored text; ``score["quotes"]`` is ``score.classes["quotes"]``.

        >>> from newsnorm import restore, score
        >>> gold = "The U.N. said the rebels haven't left Yemen."
        >>> found = score(gold, restore("the u n said the rebels haven t left yemen"))
        >>> found.words, found.words_kept, found["case"].f1
        (10, True, 100.0)

    Attributes:
        words: Number of words in the gold text.
        words_kept: Whether the restored text has the same words. If not, nothing is scored.
        first_difference: The first words that differ; ``None`` if none do.
        classes: Each class by its name, in the order of reports.
        accuracies: In percent with two decimals: words in the right case (``case_acc``), gaps with the right marks
            (``gap_exact_acc``), words right in both, with the gap after them (``token_exact``).
    """

    words: int
    words_kept: bool
    first_difference: str | None
    classes: Mapping[str, ClassScore]
    accuracies: Mapping[str, float]

    def __getitem__(self, name: str) -> ClassScore:
        if name not in self.classes:
            raise KeyError(f"{name!r} is not a class that was scored: {', '.join(self.classes) or 'the words differ'}")
        return self.classes[name]

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON; a class is ``{"p": 50.0, "r": 100.0, "f1": 66.67, "n": 1}``."""
        difference = {} if self.words_kept else {"first_difference": self.first_difference}
        classes = {k: {"p": c.precision, "r": c.recall, "f1": c.f1, "n": c.count} for k, c in self.classes.items()}
        return {"words": self.words, "words_kept": self.words_kept, **difference, **self.accuracies, **classes}


def score(gold: str, restored: str, /) -> Score:
    """
    Score *restored* against *gold*, class by class.

    Layout is ignored: a line break counts as a space, and all glyphs of a mark are equal. Texts with different words
    are not scored. ``case`` covers the words with a capital, right only in their exact form; ``case_mid`` leaves out
    those after a period, ``?`` or ``!`` of the gold text. Marks are counted per gap; ``punct4``, ``quotes`` and
    ``joins`` combine several. ``quote_span`` covers whole quotations, ``in_quote_tokens`` the words in them,
    ``sentence`` the gaps with ``. ? !``, and ``sep_exact_changed`` the gaps with any mark, right only if all marks are.

        >>> result = score("Iraq's army left, he said.", "Iraq's army, left, he Said.")
        >>> result["comma"]
        ClassScore(precision=50.0, recall=100.0, f1=66.67, count=1)
        >>> result.accuracies["case_acc"]
        83.33
        >>> score("He left Iraq.", "He left Iran.").first_difference
        "2: 'Iraq' vs 'Iran'"

    Args:
        gold: The correctly formatted text, any Unicode. Not bytes.
        restored: The restored text, any Unicode. Not bytes.

    Returns:
        Percentages from 0 to 100 with two decimals; 0 instead of a division by zero.

    Raises:
        TypeError: *gold* or *restored* is not a ``str``.

    Cost: O(n) time and memory, about 200,000 words a second.
    """
    check_text(gold, "gold")
    check_text(restored, "restored")
    words, marks = _read(gold)
    restored_words, restored_marks = _read(restored)
    if difference := _first_difference(words, restored_words):
        return Score(len(words), False, difference, {}, {})
    starts = {0, *(i for i, before in enumerate(marks) if before & _TERMINAL)}
    found, restored_found = _find(words, marks, starts), _find(restored_words, restored_marks, starts)
    right = {"case_acc": list(map(eq, words, restored_words)), "gap_exact_acc": list(map(eq, marks, restored_marks))}
    right["token_exact"] = list(map(and_, right["case_acc"], right["gap_exact_acc"][1:]))
    accuracies = {name: round(100 * sum(one) / len(one), 2) if one else 0.0 for name, one in right.items()}
    classes = {name: compare(one, restored_found[name]) for name, one in found.items()}
    return Score(len(words), True, None, classes, accuracies)


def table(score: Score) -> str:
    """Format *score* as a plain-text table, one class a line, followed by the accuracies.

    >>> print(table(score("Iraq's army left.", "Iraq's army, left.")))  # doctest: +ELLIPSIS
    class              precision  recall      F1   count
    case                  100.00  100.00  100.00       1
    ...
    >>> table(score("He left Iraq.", "He left Iran."))
    "nothing is scored, the words differ: 2: 'Iraq' vs 'Iran'"
    """
    if not score.words_kept:
        return f"nothing is scored, the words differ: {score.first_difference}"
    lines = [f"{'class':<17}{'precision':>11}{'recall':>8}{'F1':>8}{'count':>8}"]
    for name, one in score.classes.items():
        # Where the gold text has none, there is nothing to find, and 0.00 would look like a failure.
        cells = [f"{percent:.2f}" if one.count else "-" for percent in (one.precision, one.recall, one.f1)]
        lines.append(f"{name:<17}{cells[0]:>11}{cells[1]:>8}{cells[2]:>8}{one.count:>8}")
    return "\n".join(lines + [f"{name:<17}{percent:>11.2f}" for name, percent in score.accuracies.items()])


def _read(text: str) -> tuple[list[str], list[Marks]]:
    """Return the words of *text* and the marks of its gaps; at either end of the text, no mark joins words."""
    separators = _WORD.split(text)
    known = {separator: _marks(_plain(separator)) for separator in set(separators)}
    marks = [known[separator] for separator in separators]
    first, last = _plain(separators[0]).strip(), _plain(separators[-1]).strip()
    if last in (".", "?", "!"):
        marks[-1] = frozenset({_STOPS[last]})
    marks[-1] |= {"q_close"} if last.endswith('"') else set()
    marks[0] |= {"q_open"} if first.endswith('"') else set()
    return _WORD.findall(text), marks


def _first_difference(words: Sequence[str], restored: Sequence[str]) -> str | None:
    for i, (word, other) in enumerate(zip(words, restored, strict=False)):
        if word != other and _fold(word) != _fold(other):
            return f"{i}: {word!r} vs {other!r}"
    return None if len(words) == len(restored) else f"{len(words)} vs {len(restored)} words"


def _fold(word: str) -> str:
    """Remove case and accents: ``Élysée`` is ``elysee``. If any ASCII letters are left, all others are dropped."""
    ascii_part = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    return ascii_part.casefold() or word.casefold()


def _plain(separator: str) -> str:
    """Normalise *separator*: straight quotes, single spaces, spaced em dashes."""
    alike = separator.replace("''", '"').replace("``", '"').translate(_ALIKE)
    return _DASH.sub(" — ", re.sub(r"\s+", " ", alike))


def _marks(separator: str) -> Marks:
    """Return the marks in a plain *separator*; only the first of several stops, so an ellipsis is a period.

    >>> sorted(_marks('," ')), sorted(_marks("' ")), sorted(_marks("."))
    (['comma', 'q_close'], ['apos_plural'], ['dot_join'])
    """
    if len(separator) < 2:  # a quotation mark, "?" or "!" without a space next to it is ignored
        return frozenset({_JOINS[separator]} if separator in _JOINS else ())
    marks = _quotes(separator)
    if separator[0] == "'" and separator[1] in ' ,."?!;:)':
        marks.add("apos_plural")
    if "—" in separator:
        marks.add("dash")
    return frozenset(marks.union([_STOPS[c] for c in separator if c in _STOPS][:1]))


def _quotes(separator: str) -> set[str]:
    """Return which way the quotation marks of a plain *separator* face; the first of two closes, the second opens."""
    before, mark, after = separator.partition('"')
    if not mark or '"' in after:
        return {"q_open", "q_close"} if mark else set()
    # The reference looks only at spaces and brackets, which reverses two forms: a mark between a word and a stop
    # (British: forces". He) opens, and a mark between a bracket and a word closes.
    spaced = before.endswith(" ") and not after.startswith(" ")
    leads = after != "" and after[0] != " " and (before == "" or before[-1] in "([")
    return {"q_open" if spaced or leads else "q_close"}


def _find(words: Sequence[str], marks: Sequence[Marks], starts: Set[int]) -> dict[str, Set[object]]:
    """Return the findings of every class; *starts* are the words that start a sentence of the gold text."""
    cased = {(i, word) for i, word in enumerate(words) if word != word.lower()}
    marked = [(i, carried) for i, carried in enumerate(marks) if carried]
    gaps = {name: {i for i, carried in marked if name in carried} for name in MARK_CLASSES}
    spans = _spans(marks)
    return {
        "case": cased,
        "case_mid": {(i, word) for i, word in cased if i not in starts},
        **gaps,
        **{group: {(name, i) for name in names for i in gaps[name]} for group, names in GROUPS.items()},
        "quote_span": spans,
        "in_quote_tokens": {i for start, end in spans for i in range(start, end)},
        "sentence": {i for i, carried in marked if carried & _TERMINAL},
        "sep_exact_changed": set(marked),
    }


def _spans(marks: Sequence[Marks]) -> set[tuple[int, int]]:
    """Return the quotations as half-open spans of words, each from the last opening mark before its closing mark."""
    spans, start = set(), -1
    for i, carried in enumerate(marks):
        if "q_close" in carried and start >= 0:
            spans.add((start, i))
            start = -1
        if "q_open" in carried:
            start = i
    return spans


def compare(gold: Set[object], restored: Set[object]) -> ClassScore:
    """Score the findings of one class."""
    hits = len(gold & restored)
    precision, recall = hits / max(len(restored), 1), hits / max(len(gold), 1)
    f1 = 200 * precision * recall / (precision + recall) if hits else 0.0
    return ClassScore(round(100 * precision, 2), round(100 * recall, 2), round(f1, 2), len(gold))
