"""Stories that have lost only part of their formatting, degree by degree, for ``quality --half-flat``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import regex
from attrs import frozen

import newsnorm
from benchmarks.support.result import Cell, Table
from benchmarks.support.timing import progress
from newsnorm import metrics
from newsnorm.words import WORD, lower, upper

_WORD_WITH_APOSTROPHES = regex.compile(rf"{WORD.pattern}(?:['’]{WORD.pattern})*")
_DOUBLE = regex.compile(r"[\"“”]|``|''")
#: A pair of single quotation marks; there may be apostrophes between them.
_SINGLE = regex.compile(r"(?<!\w)['‘](\w(?:[^'‘’\n]|(?<=\w)['’](?=\w))*+)['’](?!\w)")

#: The reported classes, and groups of them that a degree may lose.
CLASSES = ("case", "case_mid", "apos", "dot_join", "hyphen", "digit_comma", "period", "comma", "quotes", "quote_span")
_CASE, _APOSTROPHES, _QUOTATIONS = frozenset(CLASSES[:2]), frozenset(CLASSES[2:3]), frozenset(CLASSES[8:])
_MARKS = frozenset(CLASSES[2:])


@frozen
class Degree:
    """A way to remove part of the formatting of a story."""

    flatten: Callable[[str], str]
    #: The classes that the story loses.
    lost: frozenset[str]
    #: The kinds of edits that restoring the story may need.
    kinds: frozenset[str]


def marks_to_spaces(story: str, words: regex.Pattern[str] = WORD) -> str:
    """Replace every mark of *story* by a space; words and lines stay.

    >>> marks_to_spaces("The U.N. won't,\\nhe said.")
    'The U N won t\\nhe said'
    """
    return "\n".join(" ".join(words.findall(line)) for line in story.split("\n"))


def without_quotation_marks(story: str) -> str:
    """Remove the quotation marks of *story*, and nothing else.

    >>> without_quotation_marks('"Officials\\' \\'rules\\' didn\\'t help," he said.')
    "Officials' rules didn't help, he said."
    """
    return _SINGLE.sub(r"\1", _DOUBLE.sub("", story))


_KINDS = frozenset(newsnorm.KINDS)
DEGREES: Mapping[str, Degree] = {
    "flat": Degree(newsnorm.flatten, _CASE | _MARKS, _KINDS),
    "capitals without marks": Degree(lambda story: upper(marks_to_spaces(story)), _CASE | _MARKS, _KINDS),
    "lower case, apostrophes kept": Degree(
        lambda story: lower(marks_to_spaces(story, _WORD_WITH_APOSTROPHES)), _CASE | _MARKS - _APOSTROPHES, _KINDS
    ),
    "casing kept, marks to spaces": Degree(marks_to_spaces, _MARKS, _KINDS - {"case"}),
    "capitals with marks": Degree(upper, _CASE, frozenset({"case"})),
    "lower case with marks": Degree(lower, _CASE, frozenset({"case"})),
    "only quotation marks gone": Degree(without_quotation_marks, _QUOTATIONS, frozenset({"quotes"})),
    "nothing gone": Degree(str, frozenset(), frozenset()),
}


def score_degrees(stories: Sequence[str]) -> Table:
    """Restore *stories* at every degree, and score the classes that each degree lost."""
    rows: list[list[Cell]] = []
    for name, degree in DEGREES.items():
        found = [newsnorm.explain(degree.flatten(story)) for story in progress(stories, name, total=len(stories))]
        score = metrics.score("\n\n".join(stories), "\n\n".join(one.text for one in found))
        if not score.words_kept:
            raise RuntimeError(f"restoring changed a word, which must never happen: {score.first_difference}")
        # An edit of a kind that the story has not lost inserts something where nothing was missing.
        needless = sum(edit.kind not in degree.kinds for one in found for edit in one.edits)
        f1 = [score.classes[one].f1 if one in degree.lost else None for one in CLASSES]
        rows.append([name, *f1, 1000 * needless / score.words])
    return Table(
        f"partially formatted text: {len(stories):,} articles; F1 of what was lost, percent",
        ["what is left", *CLASSES, "needless"],
        rows,
        "needless: edits of kinds that were not lost, per 1,000 words",
    )
