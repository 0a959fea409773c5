"""``rivals``: third-party tools and newsnorm, each in its own environment, on the same flattened articles."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

from attrs import frozen

import newsnorm
from benchmarks.support import data, venvs
from benchmarks.support.align import align, with_original_words
from benchmarks.support.process import ROOT
from benchmarks.support.result import Bars, Cell, Panel, Result, Table
from benchmarks.support.timing import Spread, progress, ratios, run_interleaved
from benchmarks.support.venvs import EMPTY, SPACY_MODEL, TRUECASE, Tool, ToolError, Worker
from newsnorm import metrics

#: The scored classes; `RIVALS` lists those that each tool attempts.
CLASSES = ("case", "case_mid", "apos", "hyphen", "dot_join", "digit_comma", "period", "comma", "sentence", "quotes")
_CASE = ("case", "case_mid")
NEWSNORM = Tool("newsnorm", "newsnorm", (str(ROOT),))
RIVALS: Mapping[Tool, Sequence[str]] = {
    NEWSNORM: CLASSES,
    TRUECASE: _CASE,
    Tool("sacremoses", "sacremoses", ("sacremoses",)): _CASE,
    Tool("spaCy sm", "spacy", ("spacy", SPACY_MODEL)): _CASE,
    Tool("WeTextProcessing", "wetext", ("WeTextProcessing",)): ("dot_join", "digit_comma"),
    # It requires PyTorch 1 and NumPy 1, which current versions of Python cannot install.
    Tool(
        "NNSplit + truecase",
        "nnsplit",
        ("truecase==0.0.14", "nltk", "numpy", "torch==2.13.0", "tqdm"),
        without_dependencies=("nnsplit==0.2.2",),
    ): (*_CASE, "period", "sentence"),
}
SENTENCE = "the rebels left yemen on friday"


@frozen
class Limits:
    """The length of the long line, and the time and memory that a tool may use for it."""

    characters: int = 1_048_576
    seconds: float = 120
    memory_mb: int = 6_000


def run(stories: Sequence[str], *, repeats: int = 5, only: Sequence[str] = (), limits: Limits | None = None) -> Result:
    """
    Install, run and score every tool.

    Args:
        stories: Formatted articles: one half is for tools that need training, the other half is restored.
        repeats: How often speed and start-up are measured, interleaved.
        only: The workers of the tools to run; all tools if empty.
        limits: The limits for the long line.
    """
    limits = limits or Limits()
    training, tested = data.halves(stories)
    if not tested:
        raise SystemExit("rivals needs at least two articles: one half is for training, the other for testing")
    flat = data.flatten(tested)
    tools = {tool: tried for tool, tried in RIVALS.items() if not only or tool.worker in only}
    if not tools:
        raise SystemExit(f"--only names no tool: choose from {', '.join(tool.worker for tool in RIVALS)}")
    failures: dict[str, str] = {}
    for tool in progress([EMPTY, *tools], "rivals: installing"):
        _or_note_failure(failures, tool, partial(venvs.make, tool, fresh=tool is NEWSNORM))
    runs = _time_restoring(tools, flat, training, repeats, failures)
    starts = _time_starts([tool for tool in tools if tool.name not in failures], training, repeats)
    results: dict[str, dict[str, Any]] = {}
    empty = venvs.size(EMPTY)
    for tool, tried in tools.items():
        if tool.name in failures:
            results[tool.name] = {"failed": failures[tool.name]}
            continue
        answers = runs[tool.name]
        results[tool.name] = {
            **_score(tested, flat, answers[-1]["results"], tried),
            "seconds": (taken := [one["seconds"] for one in answers]),
            "words_per_second": Spread.of(taken).rate(data.count_words(flat)),
            "start_seconds": starts[tool.name],
            "peak_mb": answers[-1]["peak"],
            "installed_mb": venvs.size(tool) - empty,
        }
    # Last, because a tool that runs out of memory or time may slow down the whole machine.
    long_line = data.take_characters(flat, limits.characters)
    for tool in progress([tool for tool in tools if tool.name not in failures], "rivals: one long line"):
        results[tool.name]["long_line"] = _run_long_line(tool, long_line, training, limits)
    described = {"tested": data.describe(tested), "training": data.describe(training), "limits": limits}
    installed = {tool.name: venvs.packages(tool) for tool in tools if tool.name not in failures}
    return Result("rivals", _tables(results, limits), {"rivals": results, **described}, _panels(results), installed)


def _or_note_failure(failures: dict[str, str], tool: Tool, work: Any) -> Any:
    """Return what *work* returns; if the tool fails, note the reason in *failures* and return ``None``."""
    try:
        return work()
    except ToolError as error:
        failures[tool.name] = str(error)
        return None


def _time_restoring(
    tools: Mapping[Tool, object], flat: Sequence[str], training: Sequence[str], repeats: int, failures: dict[str, str]
) -> dict[str, list[dict[str, Any]]]:
    """Let every tool restore *flat*, interleaved; tools that wait use memory, but no processor time."""
    with ExitStack() as stack:
        workers: dict[str, Worker] = {}
        for tool in progress(tools, "rivals: loading"):
            if tool.name not in failures:
                worker = _or_note_failure(failures, tool, partial(Worker, tool, training=training))
                # A trial run: a tool that fails is not run again.
                if worker and _or_note_failure(failures, tool, partial(stack.enter_context(worker).work, flat)):
                    workers[tool.name] = worker
        works = {name: partial(worker.work, flat) for name, worker in workers.items()}
        return run_interleaved(works, repeats, "rivals: restoring")


def _time_starts(tools: Sequence[Tool], training: Sequence[str], repeats: int) -> dict[str, Spread]:
    """Time each tool from the start of its process to its first restored sentence, interleaved."""

    def start(tool: Tool) -> float:
        begun = time.perf_counter()
        with Worker(tool, training=training) as worker:
            worker.work([SENTENCE])
            return time.perf_counter() - begun

    taken = run_interleaved({tool.name: partial(start, tool) for tool in tools}, repeats, "rivals: starting")
    return {name: Spread.of(times) for name, times in taken.items()}


def _score(
    stories: Sequence[str], flat: Sequence[str], restored: Sequence[str], tried: Sequence[str]
) -> dict[str, object]:
    """Score the output of a tool on the words it was given, and count the words it changed."""
    words = [text.split() for text in flat]
    scored = [with_original_words(given, text) for given, text in zip(words, restored, strict=True)]
    score = metrics.score("\n\n".join(stories), "\n\n".join(scored))
    changed = sum(align(given, text).changed for given, text in zip(words, restored, strict=True))
    exact = sum(newsnorm.flatten(text) == given for text, given in zip(restored, flat, strict=True))
    return {
        "f1": {name: score[name].f1 if name in tried else None for name in CLASSES},
        "count": {name: score[name].count for name in CLASSES},
        "words_changed": changed,
        "documents_with_all_words": exact,
    }


def _run_long_line(tool: Tool, line: str, training: Sequence[str], limits: Limits) -> dict[str, object]:
    """Let a tool restore one long line, in a process with limited memory and time."""
    try:
        with Worker(tool, training=training, memory_mb=limits.memory_mb) as worker:
            answer = worker.work([line], seconds=limits.seconds)
    except ToolError as error:
        return {"outcome": str(error)}
    words = line.split()
    kept = newsnorm.flatten(answer["results"][0]) == line
    rate = len(words) / answer["seconds"]
    outcome = f"{rate:,.0f} words/s, {answer['peak']:,.0f} MB{'' if kept else ', words changed'}"
    return {"outcome": outcome, "words_per_second": rate, "peak_mb": answer["peak"], "words_kept": kept}


def _tables(results: Mapping[str, dict[str, Any]], limits: Limits) -> list[Table]:
    ran = {name: one for name, one in results.items() if "failed" not in one}
    ours = ran.get(NEWSNORM.name)
    quality: list[list[Cell]] = [
        [name, *(one["f1"][c] for c in CLASSES), one["words_changed"]] for name, one in ran.items()
    ]
    cost: list[list[Cell]] = []
    for name, one in ran.items():
        speed = one["words_per_second"]
        ratio = ratios(one["seconds"], ours["seconds"]).median if ours else None
        start = one["start_seconds"].median
        cost.append([name, speed.median, speed.low, speed.high, ratio, start, one["peak_mb"], one["installed_mb"]])
    heads = ["tool", "words/s", "low", "high", "newsnorm is × as fast", "start, s", "peak MB", "installed MB"]
    note = (
        "start: from the start of the process to the first restored sentence; installed: minus an empty environment; "
        "–: not attempted"
    )
    tables = [
        Table("rivals: F1, percent", ["tool", *CLASSES, "words changed"], quality, "–: not attempted"),
        Table("rivals: time and memory", heads, cost, note),
        Table(
            f"rivals: one line of {limits.characters:,} characters",
            ["tool", "outcome"],
            [[name, one["long_line"]["outcome"]] for name, one in ran.items()],
            f"{limits.seconds:g} s and {limits.memory_mb:,} MB at most",
        ),
    ]
    failed: list[list[Cell]] = [[name, one["failed"]] for name, one in results.items() if "failed" in one]
    return [*tables, Table("rivals: failed", ["tool", "reason"], failed)] if failed else tables


def _panels(results: Mapping[str, dict[str, Any]]) -> list[Panel]:
    ran = {name: one for name, one in results.items() if "failed" not in one}
    ours = [NEWSNORM.name]
    cased = {name: one["f1"]["case"] for name, one in ran.items() if one["f1"]["case"] is not None}
    return [
        Bars("Case", "F1, percent", cased, ours, full=100),
        Bars("Speed", "words per second", {n: one["words_per_second"] for n, one in ran.items()}, ours, True),
        Bars("Words changed", "words", {n: one["words_changed"] for n, one in ran.items()}, ours),
        Bars("Start, to the first sentence", "seconds", {n: one["start_seconds"] for n, one in ran.items()}, ours),
        Bars("Peak resident memory", "MB", {n: one["peak_mb"] for n, one in ran.items()}, ours),
        Bars("Installed", "MB on disk", {n: one["installed_mb"] for n, one in ran.items()}, ours),
    ]
