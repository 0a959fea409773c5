"""``integrations``: the overhead of restoring through other libraries and engines, compared with plain calls."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import newsnorm
from benchmarks.support import data
from benchmarks.support.internals import table_scorer
from benchmarks.support.process import ROOT, usable_cores
from benchmarks.support.result import Bars, Cell, Result, Table
from benchmarks.support.timing import Spread, ratios, run_interleaved

#: Tasks per core. With many small tasks, the cores wait for the last task only a small part of the time.
_TASKS = 8

Work = Callable[[], Sequence[str]]


def run(
    stories: Sequence[str],
    *,
    rows: int = 2_000,
    words: int = 60,
    repeats: int = 3,
    only: Sequence[str] = (),
    without_encoder: bool = False,
) -> Result:
    """Restore *rows* texts of *words* words, interleaved with `restore_many`, and make sure that all results agree."""
    texts = _texts(data.flatten(stories), rows, words)
    options: dict[str, Any] = {"model": table_scorer()} if without_encoder else {}
    with ExitStack() as stack:
        single = _prepare(_ONE_PROCESS, only, texts, options, stack)
        parallel = _prepare(_ALL_CORES, only, texts, options, stack)
        tables, results = [], {}
        for title, plain, works in (
            ("one process", _plain(texts, options), single),
            (f"{usable_cores()} processes", _plain(texts, options, workers=usable_cores()), parallel),
        ):
            if not works:
                continue
            compared = _timed_and_checked({"restore_many": plain, **works})
            times = run_interleaved(compared, repeats, f"integrations, {title}")
            table, found = _compare(title, times, rows, words)
            tables.append(table)
            results[title] = found
    panels = [
        Bars(title, "throughput relative to restore_many", {name: one["ratio"] for name, one in found.items()})
        for title, found in results.items()
    ]
    return Result("integrations", tables, {"rows": rows, "words": words, "repeats": repeats, **results}, panels)


def _texts(flat: Sequence[str], rows: int, words: int) -> list[str]:
    """Cut *rows* texts of *words* words from the stories, each seven words after the one before, so that few repeat."""
    every = " ".join(flat).split()
    return [" ".join((every * 2)[begin : begin + words]) for begin in (7 * row % len(every) for row in range(rows))]


def _prepare(
    makers: Mapping[str, Callable[..., Work]],
    only: Sequence[str],
    texts: Sequence[str],
    options: Mapping[str, Any],
    stack: ExitStack,
) -> dict[str, Work]:
    """Prepare the works that *only* names, or all; leave out those whose library is not installed."""
    works = {}
    for name, make in makers.items():
        if only and name not in only:
            continue
        try:
            works[name] = make(texts, options, stack)
        except ImportError as error:
            print(f"{name} was skipped: {error}", file=sys.stderr)
    return works


def _timed_and_checked(works: Mapping[str, Work]) -> dict[str, Callable[[], float]]:
    """Return functions that time each work, and compare its result with that of the first work."""
    expected: list[Sequence[str]] = []

    def run(name: str) -> float:
        begun = time.perf_counter()
        result = works[name]()
        taken = time.perf_counter() - begun
        expected[:] = expected or [list(result)]
        if list(result) != expected[0]:
            raise SystemExit(f"{name} and restore_many return different texts, so their times cannot be compared")
        return taken

    return {name: partial(run, name) for name in works}


def _compare(
    title: str, times: Mapping[str, Sequence[float]], rows: int, words: int
) -> tuple[Table, dict[str, dict[str, Any]]]:
    base = times["restore_many"]
    found = {
        name: {
            "words_per_second": Spread.of(taken).rate(rows * words),
            "ratio": ratios(base, taken),
            "extra_microseconds_a_row": Spread.of(
                1e6 * (one - plain) / rows for one, plain in zip(taken, base, strict=True)
            ),
        }
        for name, taken in times.items()
    }
    cells: list[list[Cell]] = [
        [name, one["words_per_second"].median, one["ratio"].median, one["extra_microseconds_a_row"].median]
        for name, one in found.items()
    ]
    heads = [title, "words/s", "throughput relative to restore_many", "extra µs per row"]
    note = f"{rows:,} texts of {words} words; medians of {len(base)} rounds; all results are equal"
    return Table(f"integrations: {title}", heads, cells, note), found


# --- plain ------------------------------------------------------------------------------------------------------------


def _plain(texts: Sequence[str], options: Mapping[str, Any], workers: int = 1) -> Work:
    return lambda: list(newsnorm.restore_many(texts, workers=workers, **options))


# --- one process ------------------------------------------------------------------------------------------------------


def _pandas(texts: Sequence[str], options: Mapping[str, Any], _: ExitStack) -> Work:
    import pandas as pd

    from newsnorm.integrations.pandas import restore

    series = pd.Series(texts)
    return lambda: list(restore(series, **options))


def _polars(texts: Sequence[str], options: Mapping[str, Any], _: ExitStack) -> Work:
    import polars as pl

    from newsnorm.integrations.polars import restore

    frame = pl.LazyFrame({"text": texts})
    expression = restore(pl.col("text"), **options)

    def work() -> Sequence[str]:
        return list(frame.select(expression).collect()["text"])

    return work


def _datasets(texts: Sequence[str], options: Mapping[str, Any], stack: ExitStack, processes: int | None = None) -> Work:
    import datasets

    from newsnorm.integrations.datasets import restore

    datasets.disable_progress_bars()
    # Otherwise the second round would read the cached result of the first.
    datasets.disable_caching()
    stack.callback(datasets.enable_caching)
    dataset = datasets.Dataset.from_dict({"text": texts})
    return lambda: dataset.map(restore("text", **options), batched=True, num_proc=processes)["text"][:]


def _file(ending: str, texts: Sequence[str], options: Mapping[str, Any], stack: ExitStack) -> Work:
    from newsnorm.integrations.tables import restore

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    source, out = folder / f"flat{ending}", folder / f"restored{ending}"
    if ending == ".parquet":
        import pyarrow as pa
        from pyarrow import parquet

        parquet.write_table(pa.table({"text": texts}), source)

        def read() -> Sequence[str]:
            return list(parquet.read_table(out).column("text").to_pylist())
    else:
        source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")

        def read() -> Sequence[str]:
            return [json.loads(line)["text"] for line in out.read_text(encoding="utf-8").splitlines()]

    def work() -> Sequence[str]:
        restore(source, out, "text", **options)
        return read()

    return work


def _spacy(texts: Sequence[str], options: Mapping[str, Any], _: ExitStack) -> Work:
    import spacy

    from newsnorm.integrations.spacy import make_doc

    nlp = spacy.blank("en")
    return lambda: [make_doc(nlp, text, **options).text for text in texts]


_ONE_PROCESS: dict[str, Callable[..., Work]] = {
    "pandas": _pandas,
    "polars": _polars,
    "datasets": _datasets,
    "parquet": partial(_file, ".parquet"),
    "jsonl": partial(_file, ".jsonl"),
    "spacy": _spacy,
}

# --- one process per core ---------------------------------------------------------------------------------------------


def _spark(texts: Sequence[str], options: Mapping[str, Any], stack: ExitStack) -> Work:
    """Read, restore and write Parquet; the session and its workers are started before the timing."""
    import pyarrow as pa
    from pyarrow import parquet

    from newsnorm.integrations.spark import restore

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    spark = stack.enter_context(_session())
    parquet.write_table(pa.table({"row": range(len(texts)), "text": texts}), folder / "flat.parquet")
    frame = spark.read.parquet(str(folder / "flat.parquet")).repartition(_TASKS * usable_cores())
    out = folder / "restored"

    def work() -> Sequence[str]:
        restore(frame, "text", **options).write.mode("overwrite").parquet(str(out))
        return list(parquet.read_table(out).sort_by("row").column("text").to_pylist())

    return work


@contextmanager
def _session() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    before = dict(os.environ)
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    # The workers import the benchmarks for the scorer.
    builder = SparkSession.builder.master(f"local[{usable_cores()}]").config("spark.executorEnv.PYTHONPATH", str(ROOT))
    session = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    try:
        yield session
    finally:
        session.stop()
        os.environ.clear()
        os.environ.update(before)


_ALL_CORES: dict[str, Callable[..., Work]] = {
    "spark": _spark,
    "datasets, num_proc": partial(_datasets, processes=usable_cores()),
}
