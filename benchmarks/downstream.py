"""``downstream``: what third-party extractors find in restored text, compared with what they find in the original.

The words are the same in all versions of an article, so findings are identified by flat words: an entity by its first
word, its last word and its label; a sentence by its first word; a quotation by its first and last word. Whatever is
found in the original counts as right, even if the extractor is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence, Set
from typing import Any

import newsnorm
from benchmarks.support import data, venvs
from benchmarks.support.align import Alignment, align, locate, number_by_document
from benchmarks.support.result import Bars, Cell, Result, Table
from benchmarks.support.timing import progress
from benchmarks.support.venvs import SPACY_MODEL, TRUECASE, Tool, ToolError, Worker
from newsnorm.metrics import ClassScore, compare

Found = Mapping[str, Any]


def entities(aligned: Alignment, found: Found) -> Set[Hashable]:
    """Return the entities of a text: first word, last word and label of each."""
    return {(place, label) for begin, end, label in found["entities"] if (place := locate(aligned, begin, end))}


def sentence_starts(aligned: Alignment, found: Found) -> Set[Hashable]:
    """Return the first words of the sentences of a text, without the first sentence, which is always found."""
    places = (locate(aligned, begin, end) for begin, end in found["sentences"])
    return {place[0] for place in places if place} - {0}


def quotations(aligned: Alignment, found: Found) -> Set[Hashable]:
    """Return the quotations of a text: first and last word of each."""
    return {place for begin, end in found["quotations"] if (place := locate(aligned, begin, end))}


_SPACY_PACKAGES = ("spacy", SPACY_MODEL)
SPACY = Tool("spaCy sm", "read_spacy", _SPACY_PACKAGES)
PYSBD = Tool("pySBD", "read_pysbd", ("pysbd",))
TEXTACY = Tool("textacy", "read_textacy", ("textacy", *_SPACY_PACKAGES))
TASKS: Mapping[str, tuple[Tool, Callable[[Alignment, Found], Set[Hashable]]]] = {
    "named entities, spaCy": (SPACY, entities),
    "sentence starts, spaCy": (SPACY, sentence_starts),
    "sentence starts, pySBD": (PYSBD, sentence_starts),
    "quotations, textacy": (TEXTACY, quotations),
}


def run(stories: Sequence[str]) -> Result:
    """Run every extractor on the original, the flat text, and the text restored by truecase and by newsnorm."""
    flat = data.flatten(stories)
    # On one line, so that the versions differ only in marks and capitals.
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
    found = _extract(versions, failures)
    agreements: dict[str, dict[str, ClassScore]] = {}
    refused: dict[str, int] = {}
    for task, (tool, select) in TASKS.items():
        if tool.name in failures:
            continue
        findings = {
            version: number_by_document(
                select(text, one) for text, one in zip(aligned[version], found[tool.name][version], strict=True)
            )
            for version in versions
        }
        agreements[task] = {version: compare(findings["original"], findings[version]) for version in versions}
        refused |= {
            f"{tool.name} on {version}": count
            for version in versions
            if (count := sum("failed" in one for one in found[tool.name][version]))
        }
    changed = {name: sum(one.changed for one in texts) for name, texts in aligned.items()}
    results = {"downstream": agreements, "words_changed": changed, "failed": failures, "articles_refused": refused}
    shown = [version for version in versions if version != "original"]
    panels = [
        Bars(
            task,
            "agreement with the original, F1, percent",
            {name: by[name].f1 for name in shown},
            ["newsnorm"],
            full=100,
        )
        for task, by in agreements.items()
    ]
    used = [tool for tool in (TRUECASE, SPACY, PYSBD, TEXTACY) if tool.name not in failures]
    installed = {f"{tool.name} ({tool.worker})": venvs.packages(tool) for tool in used}
    return Result("downstream", _tables(agreements, shown, results), results, panels, installed)


def _extract(versions: Mapping[str, Sequence[str]], failures: dict[str, str]) -> dict[str, dict[str, list[Found]]]:
    """Run each extractor on all versions; note the reason in *failures* if it cannot be installed or fails."""
    found: dict[str, dict[str, list[Found]]] = {}
    for tool in progress((SPACY, PYSBD, TEXTACY), "downstream: extracting"):
        try:
            with Worker(tool) as worker:
                found[tool.name] = {name: worker.work(texts)["results"] for name, texts in versions.items()}
        except ToolError as error:
            failures[tool.name] = str(error)
    return found


def _tables(
    agreements: Mapping[str, Mapping[str, ClassScore]], versions: Sequence[str], results: Mapping[str, Any]
) -> list[Table]:
    rows: list[list[Cell]] = [
        [task, version, by[version].precision, by[version].recall, by[version].f1, by[version].count]
        for task, by in agreements.items()
        for version in versions
    ]
    note = f"words changed: {', '.join(f'{name} {count:,}' for name, count in results['words_changed'].items())}"
    heads = ["found", "in", "precision", "recall", "F1", "in the original"]
    tables = [Table("downstream: agreement with what is found in the original, percent", heads, rows, note)]
    reasons = [[name, reason] for name, reason in results["failed"].items()]
    reasons += [[name, f"raised an error on {count} articles"] for name, count in results["articles_refused"].items()]
    return [*tables, Table("downstream: failed", ["what", "reason"], reasons)] if reasons else tables
