"""``speed``: words per second on all cores and on one, one article, and the encoder compared with plain products."""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any

import numpy as np

import newsnorm
from benchmarks.support import data
from benchmarks.support.process import call_in_new_process, pin_to_one_core, usable_cores
from benchmarks.support.report import spread_cells
from benchmarks.support.result import Bars, Result, Table
from benchmarks.support.timing import Spread, ratios, run_interleaved, timed, yardstick

ARTICLE_WORDS = 600
#: Number of encoder calls that are repeated for the comparison with plain products.
_SAMPLE = 24


def run(stories: Sequence[str], *, repeats: int = 7, long_run: int = 20_000) -> Result:
    """Measure everything *repeats* times, interleaved with a yardstick; all cores and one core in new processes.

    Several processes restore at least *long_run* words, because they start in the time of a few thousand words.
    """
    flat = data.flatten(stories)
    on_all = call_in_new_process(__name__, "measure_restoring", flat, repeats, False)
    on_one = call_in_new_process(__name__, "measure_restoring", flat, repeats, True)
    words = data.count_words(flat)
    rates = {}
    if on_all["cores"] > 1:
        rates[f"restore_many, {on_all['cores']} cores"] = Spread.of(on_all["restore_many"]).rate(words)
    rates["restore_many, one core"] = Spread.of(on_one["restore_many"]).rate(words)
    by_workers = call_in_new_process(__name__, "measure_workers", flat, repeats, long_run)
    if by_workers:
        rates[f"restore_many, workers={on_all['cores']}"] = Spread.of(by_workers["workers"]).rate(words)
        gain = ratios(by_workers["one core"], by_workers["workers"])
    in_yardsticks = ratios(on_one["restore_many"], on_one["yardstick"])
    article = Spread.of(on_all["article"]).scaled(1000)
    shares = {"all cores": on_all["outside_wall"], "one core": on_one["outside_processor"]}
    encoder = on_one["encoder"]
    fraction = Spread.of(encoder["fraction"])
    tables = [
        Table(
            f"speed: {len(flat):,} articles, {words:,} words",
            ["words/s", "median", "low", "high"],
            [[name, *spread_cells(rate)] for name, rate in rates.items()],
            f"{repeats} runs; low and high are quartiles",
        ),
        Table(
            "one article, warm",
            ["ms", "median", "low", "high"],
            [[f"restore, {ARTICLE_WORDS} words", *spread_cells(article)]],
        ),
        Table(
            "where the time goes",
            ["result", "value"],
            [
                ["wall time without a running encoder call, percent, all cores", 100 * shares["all cores"]],
                ["processor time outside the encoder, percent, one core", 100 * shares["one core"]],
                ["int8 operations of the encoder, 10⁹ per second, one core", encoder["achieved"] / 1e9],
                ["plain int8 products of the same shapes, 10⁹ per second", encoder["plain"] / 1e9],
                ["ratio of the encoder to plain products", fraction.median],
                ["time for the articles, in yardsticks, one core", in_yardsticks.median],
                *([[f"workers={on_all['cores']} compared with one core", gain.median]] if by_workers else []),
            ],
            "the yardstick is a fixed sequence of float32 products in NumPy, interleaved with restoring",
        ),
    ]
    results = {
        "words_per_second": rates,
        "article_ms": article,
        "outside_encoder": shares,
        "encoder": {**encoder, "fraction": fraction},
        "yardsticks": in_yardsticks,
        "workers_gain": gain if by_workers else None,
    }
    panels = [
        Bars("Whole restoration", "words per second", rates),
        Bars("Outside the encoder", "percent of the time", {name: 100 * share for name, share in shares.items()}),
        Bars(
            "int8 products, one core",
            "10⁹ operations per second",
            {"the encoder": encoder["achieved"] / 1e9, "plain products": encoder["plain"] / 1e9},
            ["the encoder"],
        ),
    ]
    return Result("speed", tables, {"speed": results, "repeats": repeats}, panels)


def measure_restoring(flat: list[str], repeats: int, pinned: bool) -> dict[str, Any]:
    """Time restoring in this process, on one core if *pinned*; return what `run` reads."""
    if pinned:
        pin_to_one_core()
    from benchmarks.support.encoder import record_calls

    article = data.take_words(flat, ARTICLE_WORDS)
    with record_calls() as calls:
        restore_all = timed(lambda: deque(newsnorm.restore_many(flat), maxlen=0))
        restore_all()
        calls.spans.clear()
        calls.feeds.clear()
        calls.processor, used = 0.0, time.process_time()
        wall = restore_all()
        used = time.process_time() - used
    found: dict[str, Any] = run_interleaved(
        {
            "restore_many": restore_all,
            "article": timed(lambda: newsnorm.restore(article)),
            "yardstick": timed(yardstick),
        },
        repeats,
        "speed, one core" if pinned else "speed",
    )
    found |= {"cores": usable_cores(), "outside_wall": 1 - calls.busy_seconds() / wall}
    if pinned:
        found["outside_processor"] = 1 - calls.processor / used
        found["encoder"] = compare_with_products(calls.session, calls.feeds, repeats)
    return found


def measure_workers(flat: list[str], repeats: int, long_run: int) -> dict[str, list[float]]:
    """Time restoring *flat* with one process per core, interleaved with one core; return nothing on a single core.

    The start of the processes is not counted: the time is that of a double run minus that of a single run.
    """
    if usable_cores() == 1 or not hasattr(os, "sched_setaffinity"):
        return {}
    everywhere = os.sched_getaffinity(0)
    pin_to_one_core()
    one = os.sched_getaffinity(0)
    texts = flat * -(-long_run // data.count_words(flat))
    newsnorm.restore(flat[0])  # loads the model while only one core is usable

    def without_start(usable: set[int], **options: int) -> float:
        os.sched_setaffinity(0, usable)
        try:
            runs = [timed(lambda n=n: deque(newsnorm.restore_many(texts * n, **options), maxlen=0))() for n in (1, 2)]
        finally:
            os.sched_setaffinity(0, one)
        return (runs[1] - runs[0]) * len(flat) / len(texts)

    return run_interleaved(
        {
            "workers": lambda: without_start(everywhere, workers=len(everywhere)),
            "one core": lambda: without_start(one),
        },
        -(-repeats // 2),
        "speed, workers",
    )


def compare_with_products(session: Any, feeds: Sequence[dict[str, Any]], repeats: int) -> dict[str, Any]:
    """Interleave some encoder calls with plain products of equally many rows; compare the operations per second."""
    from benchmarks.support.encoder import Products, weight_shapes
    from newsnorm.model import PACKAGED

    options = session.get_session_options()
    products = Products.of(weight_shapes((PACKAGED / "model.onnx").read_bytes()), options.intra_op_num_threads)
    sample = [feeds[i] for i in np.linspace(0, len(feeds) - 1, min(_SAMPLE, len(feeds)), dtype=int)]
    rows = [next(iter(feed.values())).size for feed in sample]
    bound = {count: products.bind(count) for count in set(rows)}
    times = run_interleaved(
        {
            "encoder": timed(lambda: [session.run(None, feed) for feed in sample]),
            "products": timed(lambda: [products.session.run_with_iobinding(bound[count]) for count in rows]),
        },
        repeats,
        "speed, products",
    )
    operations = sum(map(products.count_operations, rows))
    return {
        "achieved": operations / statistics.median(times["encoder"]),
        "plain": operations / statistics.median(times["products"]),
        "fraction": [plain / whole for whole, plain in zip(times["encoder"], times["products"], strict=True)],
        "shapes": [[*shape, count] for shape, count in Counter(products.shapes).items()],
        "threads": options.intra_op_num_threads,
    }
