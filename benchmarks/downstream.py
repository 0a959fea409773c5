"""``downstream``: what other people's readers find in restored text, of what they find in the original.

Words are the same in all versions of an article, so whatever a reader finds is named by flat words: an entity is its
first word, its last word and its label; a sentence is the word that it starts with; a quotation is its first and last
word. What is found in the original counts as right, whether it is or not.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence, Set
from typing import Any

import newsnorm
from benchmarks import data, venvs
from benchmarks.align import Agreement, Alignment, align, compare, locate
from benchmarks.report import Bars, Cell, Result, Table
from benchmarks.rivals import SPACY_MODEL, TRUECASE
from benchmarks.timing import progress
from benchmarks.venvs import Tool, ToolError, Worker

Found = Mapping[str, Any]


def entities(aligned: Alignment, found: Found) -> Set[Hashable]:
    """Name the entities of a text by their first word, their last word and their label."""
    return {(place, label) for begin, end, label in found["entities"] if (place := locate(aligned, begin, end))}


def sentence_starts(aligned: Alignment, found: Found) -> Set[Hashable]:
    """Name the sentences of a text by their first words, but for the first one, which no reader can miss."""
    places = (locate(aligned, begin, end) for begin, end in found["sentences"])
    return {place[0] for place in places if place} - {0}


def quotations(aligned: Alignment, found: Found) -> Set[Hashable]:
    """Name the quotations of a text by their first and last words."""
    return {place for begin, end in found["quotations"] if (place := locate(aligned, begin, end))}


_READING = ("spacy", SPACY_MODEL)
SPACY = Tool("spaCy sm", "read_spacy", _READING)
PYSBD = Tool("pySBD", "read_pysbd", ("pysbd",))
TEXTACY = Tool("textacy", "read_textacy", ("textacy", *_READING))
TASKS: Mapping[str, tuple[Tool, Callable[[Alignment, Found], Set[Hashable]]]] = {
    "named entities, spaCy": (SPACY, entities),
    "sentence starts, spaCy": (SPACY, sentence_starts),
    "sentence starts, pySBD": (PYSBD, sentence_starts),
    "quotations, textacy": (TEXTACY, quotations),
}


def run(stories: Sequence[str]) -> Result:
    """Have every reader read the original, the flat text, what truecase makes of it and what newsnorm makes of it."""
    flat = data.flatten(stories)
    # On one line, so that nothing but marks and capitals tells the versions apart.
    versions = {"original": [" ".join(story.split()) for story in stories], "flat": flat}
    failures: dict[str, str] = {}
    try:
        with Worker(TRUECASE) as worker:
            versions["truecase"] = worker.work(flat)["results"]
    except ToolError as error:
        failures["truecase"] = str(error)
    versions["newsnorm"] = list(progress(newsnorm.restore_many(flat), "downstream: restoring", total=len(flat)))
    aligned = {
        name: [align(given.split(), text) for given, text in zip(flat, texts, strict=True)]
        for name, texts in versions.items()
    }
    found = _read(versions, failures)
    agreements: dict[str, dict[str, Agreement]] = {}
    refused: dict[str, int] = {}
    for task, (tool, name) in TASKS.items():
        if tool.name in failures:
            continue
        named = {
            version: [name(text, one) for text, one in zip(aligned[version], found[tool.name][version], strict=True)]
            for version in versions
        }
        agreements[task] = {version: compare(named["original"], named[version]) for version in versions}
        refused |= {
            f"{tool.name} on {version}": count
            for version in versions
            if (count := sum("failed" in one for one in found[tool.name][version]))
        }
    changed = {name: sum(one.changed for one in texts) for name, texts in aligned.items()}
    figures = {"downstream": agreements, "words_changed": changed, "failed": failures, "articles_refused": refused}
    shown = [version for version in versions if version != "original"]
    panels = [
        Bars(task, "F1 against the original, percent", {name: by[name].f1 for name in shown}, ["newsnorm"], full=100)
        for task, by in agreements.items()
    ]
    used = [tool for tool in (TRUECASE, SPACY, PYSBD, TEXTACY) if tool.name not in failures]
    installed = {f"{tool.name} ({tool.worker})": venvs.packages(tool) for tool in used}
    return Result("downstream", _tables(agreements, shown, figures), figures, panels, installed)


def _read(versions: Mapping[str, Sequence[str]], failures: dict[str, str]) -> dict[str, dict[str, list[Found]]]:
    """Have each reader read all versions; note those that cannot be installed or fail."""
    found: dict[str, dict[str, list[Found]]] = {}
    for tool in progress((SPACY, PYSBD, TEXTACY), "downstream: reading"):
        try:
            with Worker(tool) as worker:
                found[tool.name] = {name: worker.work(texts)["results"] for name, texts in versions.items()}
        except ToolError as error:
            failures[tool.name] = str(error)
    return found


def _tables(
    agreements: Mapping[str, Mapping[str, Agreement]], versions: Sequence[str], figures: Mapping[str, Any]
) -> list[Table]:
    rows: list[list[Cell]] = [
        [task, version, by[version].precision, by[version].recall, by[version].f1, by[version].count]
        for task, by in agreements.items()
        for version in versions
    ]
    note = f"words changed: {', '.join(f'{name} {count:,}' for name, count in figures['words_changed'].items())}"
    heads = ["found", "in", "precision", "recall", "F1", "in the original"]
    tables = [Table("downstream: percent of what is found in the original", heads, rows, note)]
    reasons = [[name, why] for name, why in figures["failed"].items()]
    reasons += [[name, f"raised on {count} articles"] for name, count in figures["articles_refused"].items()]
    return [*tables, Table("downstream: failed", ["what", "why"], reasons)] if reasons else tables
