"""``quality --half-flat``: stories that lost only some of what flattening takes, degree by degree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import regex
from attrs import frozen

import newsnorm
from benchmarks.report import Cell, Table
from benchmarks.timing import progress
from newsnorm import metrics
from newsnorm.words import WORD, lower, upper

_WORD_WITH_APOSTROPHES = regex.compile(rf"{WORD.pattern}(?:['’]{WORD.pattern})*")
_DOUBLE = regex.compile(r"[\"“”]|``|''")
#: A pair of single marks, which may have apostrophes between them.
_SINGLE = regex.compile(r"(?<!\w)['‘](\w(?:[^'‘’\n]|(?<=\w)['’](?=\w))*+)['’](?!\w)")

#: The classes that are reported, and those of them that each loss takes.
CLASSES = ("case", "case_mid", "apos", "dot_join", "hyphen", "digit_comma", "period", "comma", "quotes", "quote_span")
_CASE, _APOSTROPHES, _QUOTATIONS = frozenset(CLASSES[:2]), frozenset(CLASSES[2:3]), frozenset(CLASSES[8:])
_MARKS = frozenset(CLASSES[2:])


@frozen
class Degree:
    """What is done to a story, and the classes that it loses by that."""

    flatten: Callable[[str], str]
    lost: frozenset[str]
    #: The kinds that restoring it may have to edit.
    kinds: frozenset[str]


def spaced(story: str, words: regex.Pattern[str] = WORD) -> str:
    """Turn every mark of *story* into a space; words and lines stay.

    >>> spaced("The U.N. won't,\\nhe said.")
    'The U N won t\\nhe said'
    """
    return "\n".join(" ".join(words.findall(line)) for line in story.split("\n"))


def unquoted(story: str) -> str:
    """Take the quotation marks out of *story*, and nothing else.

    >>> unquoted('"Officials\\' \\'rules\\' didn\\'t help," he said.')
    "Officials' rules didn't help, he said."
    """
    return _SINGLE.sub(r"\1", _DOUBLE.sub("", story))


_KINDS = frozenset(newsnorm.KINDS)
DEGREES: Mapping[str, Degree] = {
    "flat": Degree(newsnorm.flatten, _CASE | _MARKS, _KINDS),
    "capitals without marks": Degree(lambda story: upper(spaced(story)), _CASE | _MARKS, _KINDS),
    "lower case, apostrophes kept": Degree(
        lambda story: lower(spaced(story, _WORD_WITH_APOSTROPHES)), _CASE | _MARKS - _APOSTROPHES, _KINDS
    ),
    "casing kept, marks to spaces": Degree(spaced, _MARKS, _KINDS - {"case"}),
    "capitals with marks": Degree(upper, _CASE, frozenset({"case"})),
    "lower case with marks": Degree(lower, _CASE, frozenset({"case"})),
    "only quotation marks gone": Degree(unquoted, _QUOTATIONS, frozenset({"quotes"})),
    "nothing gone": Degree(str, frozenset(), frozenset()),
}


def table(stories: Sequence[str]) -> Table:
    """Restore *stories* of every degree, and score the classes that each lost."""
    rows: list[list[Cell]] = []
    for name, degree in DEGREES.items():
        found = [newsnorm.explain(degree.flatten(story)) for story in progress(stories, name, total=len(stories))]
        score = metrics.score("\n\n".join(stories), "\n\n".join(one.text for one in found))
        if not score.words_kept:
            raise RuntimeError(f"restoring changed a word, which it must never do: {score.first_difference}")
        # An edit of a kind that the story has not lost puts something in where nothing was missing.
        needless = sum(edit.kind not in degree.kinds for one in found for edit in one.edits)
        figures = [score.classes[one].f1 if one in degree.lost else None for one in CLASSES]
        rows.append([name, *figures, 1000 * needless / score.words])
    title = f"half-flat text: {len(stories):,} articles; F1 of what was lost, percent"
    return Table(
        title, ["what is left", *CLASSES, "needless"], rows, "needless: edits of what was there, a 1,000 words"
    )
