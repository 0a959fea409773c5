"""``public``: public test sets with published results, each scored by its own rules.

Two kinds of files are supported, and recognised by their content. Tokenised sentences, one per line (Wikipedia, by
Coster and Kauchak), are lower-cased, and their capitals are restored. Tokens, one per line, each followed by a tab and
the mark after it (IWSLT 2011, talks), lose their marks, which are restored. Neither is in the repository.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

import newsnorm
from benchmarks.support.result import Cell, Result, Table
from newsnorm.metrics import ClassScore, compare

#: The marks that newsnorm writes, and the mark of the talks that each counts as; the talks have only these three.
_MARKS = {",": "COMMA", ":": "COMMA", "—": "COMMA", ".": "PERIOD", "!": "PERIOD", ";": "PERIOD", "?": "QUESTION"}
NO_MARK = "O"


def load(folder: Path) -> dict[str, str]:
    """Load the test sets in *folder*, ``*.txt`` and ``*.tsv``, and return them by name."""
    paths = [folder] if folder.is_file() else sorted([*folder.glob("*.txt"), *folder.glob("*.tsv")])
    if not paths:
        raise SystemExit(
            f"{folder} contains no test sets: pass a file or folder of *.txt, one tokenised sentence per line, or "
            "*.tsv, one token and its mark per line"
        )
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


def run(sets: Mapping[str, str]) -> Result:
    """Restore each set and score it."""
    cases: list[list[Cell]] = []
    marks: list[list[Cell]] = []
    for name, text in sets.items():
        lines = text.splitlines()
        if "\t" in lines[0]:
            tokens, gold = zip(*(line.split("\t") for line in lines if line), strict=True)
            marks += ([name, *row] for row in mark_rows(gold, restored_marks(tokens)))
        else:
            score = case_score(lines)
            cases.append([name, score.precision, score.recall, score.f1, score.count])
    heads = ["precision", "recall", "F1", "count"]
    tables = [
        Table("capitals of tokenised sentences, percent", ["set", *heads], cases),
        Table("marks between tokens, percent", ["set", "mark", *heads], marks),
    ]
    return Result("public", [table for table in tables if table.rows], {"case": cases, "marks": marks})


def case_score(sentences: Sequence[str]) -> ClassScore:
    """Lower-case *sentences*, restore their capitals, and score the words with capitals, in their exact form."""
    restored = newsnorm.restore_many((sentence.lower() for sentence in sentences), kinds=["case"])
    return compare(_capitals(sentences), _capitals(restored))


def _capitals(sentences: Iterable[str]) -> set[object]:
    words = enumerate(chain.from_iterable(map(str.split, sentences)))
    return {(i, word) for i, word in words if word != word.lower()}


def restored_marks(tokens: Sequence[str]) -> list[str]:
    """
    Restore the punctuation of running text, and return the mark after each token.

    A token that begins with an apostrophe is joined to the token before it, and so is ``n't``:

    >>> restored_marks("it 's late he said".split())
    ['O', 'O', 'COMMA', 'O', 'PERIOD']
    """
    text, ends = "", []
    for token in tokens:
        text += token if not text or token.startswith("'") or token == "n't" else f" {token}"
        ends.append(len(text))
    edits = newsnorm.explain(text, kinds=["punctuation"]).edits
    found = {edit.offset: mark for edit in edits for sign, mark in _MARKS.items() if sign in edit.after}
    return [found.get(end, NO_MARK) for end in ends]


def mark_rows(gold: Sequence[str], restored: Sequence[str]) -> list[list[Cell]]:
    """
    Score each mark, and all marks together.

    >>> mark_rows(["O", "COMMA", "PERIOD"], ["COMMA", "COMMA", "PERIOD"])[-1]
    ['all', 66.67, 100.0, 80.0, 2]
    """
    kinds = list(dict.fromkeys(_MARKS.values()))
    rows: list[list[Cell]] = []
    for name, wanted in {**{kind: {kind} for kind in kinds}, "all": set(kinds)}.items():
        score = compare(_places(gold, wanted), _places(restored, wanted))
        rows.append([name, score.precision, score.recall, score.f1, score.count])
    return rows


def _places(marks: Sequence[str], wanted: Container[str]) -> set[object]:
    return {(i, mark) for i, mark in enumerate(marks) if mark in wanted}
