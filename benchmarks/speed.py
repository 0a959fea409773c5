"""``speed``: words a second on all cores and on one, one article, and the encoder against plain products."""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any

import numpy as np

import newsnorm
from benchmarks import data
from benchmarks.process import cores, fresh, pin_to_one_core
from benchmarks.report import Bars, Result, Table, spread_cells
from benchmarks.timing import Spread, in_turns, ratios, seconds

ARTICLE_WORDS = 600
#: Calls of the encoder that are repeated beside plain products.
_SAMPLE = 24


def run(stories: Sequence[str], *, repeats: int = 7, long_run: int = 20_000) -> Result:
    """Measure everything *repeats* times, in turns with a yardstick; all cores and one core in fresh processes.

    Several processes restore *long_run* words or more, because what they take to start is some thousands.
    """
    flat = data.flatten(stories)
    many = fresh("benchmarks.speed", "restoring", flat, repeats, False)
    one = fresh("benchmarks.speed", "restoring", flat, repeats, True)
    words = data.count_words(flat)
    rates = {}
    if many["cores"] > 1:
        rates[f"restore_many, {many['cores']} cores"] = Spread.of(many["restore_many"]).rate(words)
    rates["restore_many, one core"] = Spread.of(one["restore_many"]).rate(words)
    beside = fresh("benchmarks.speed", "side_by_side", flat, repeats, long_run)
    if beside:
        rates[f"restore_many, workers={many['cores']}"] = Spread.of(beside["workers"]).rate(words)
        gain = ratios(beside["one core"], beside["workers"])
    yardstick = ratios(one["restore_many"], one["yardstick"])
    article = Spread.of(many["article"]).scaled(1000)
    shares = {"all cores": many["outside_wall"], "one core": one["outside_processor"]}
    encoder = one["encoder"]
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
            ["figure", "value"],
            [
                ["wall time with no encoder call under way, percent, all cores", 100 * shares["all cores"]],
                ["processor time outside the encoder, percent, one core", 100 * shares["one core"]],
                ["encoder's int8 operations, 10⁹ a second, one core", encoder["achieved"] / 1e9],
                ["plain int8 products of the same shapes, 10⁹ a second", encoder["plain"] / 1e9],
                ["the one as a fraction of the other", fraction.median],
                ["time for the articles, in yardsticks, one core", yardstick.median],
                *([[f"workers={many['cores']} against one core", gain.median]] if beside else []),
            ],
            "the yardstick is a fixed row of float32 products in NumPy, timed in turns with restoring",
        ),
    ]
    figures = {
        "words_per_second": rates,
        "article_ms": article,
        "outside_encoder": shares,
        "encoder": {**encoder, "fraction": fraction},
        "yardsticks": yardstick,
        "workers_gain": gain if beside else None,
    }
    panels = [
        Bars("Whole restoration", "words a second", rates),
        Bars("Outside the encoder", "percent of the time", {name: 100 * share for name, share in shares.items()}),
        Bars(
            "int8 products, one core",
            "10⁹ operations a second",
            {"the encoder": encoder["achieved"] / 1e9, "plain products": encoder["plain"] / 1e9},
            ["the encoder"],
        ),
    ]
    return Result("speed", tables, {"speed": figures, "repeats": repeats}, panels)


def restoring(flat: list[str], repeats: int, pinned: bool) -> dict[str, Any]:
    """Time restoring in this process, on one core if *pinned*; see `run` for what the figures are."""
    if pinned:
        pin_to_one_core()
    from benchmarks.encoder import watched

    article = data.take_words(flat, ARTICLE_WORDS)
    with watched() as calls:
        restore_all = seconds(lambda: deque(newsnorm.restore_many(flat), maxlen=0))
        restore_all()
        calls.spans.clear()
        calls.feeds.clear()
        calls.processor, used = 0.0, time.process_time()
        wall = restore_all()
        used = time.process_time() - used
    found: dict[str, Any] = in_turns(
        {
            "restore_many": restore_all,
            "article": seconds(lambda: newsnorm.restore(article)),
            "yardstick": seconds(yardstick),
        },
        repeats,
        "speed, one core" if pinned else "speed",
    )
    found |= {"cores": cores(), "outside_wall": 1 - calls.covered() / wall}
    if pinned:
        found["outside_processor"] = 1 - calls.processor / used
        found["encoder"] = beside_products(calls.session, calls.feeds, repeats)
    return found


def side_by_side(flat: list[str], repeats: int, long_run: int) -> dict[str, list[float]]:
    """Time restoring *flat* in as many processes as there are cores, in turns with one core; nothing with one core.

    Of long runs: what two rounds of the articles take beyond one, so that no process's start is counted.
    """
    if cores() == 1 or not hasattr(os, "sched_setaffinity"):
        return {}
    everywhere = os.sched_getaffinity(0)
    pin_to_one_core()
    one = os.sched_getaffinity(0)
    texts = flat * -(-long_run // data.count_words(flat))
    newsnorm.restore(flat[0])  # with one core in view

    def beyond_one_round(among: set[int], **options: int) -> float:
        os.sched_setaffinity(0, among)
        try:
            runs = [seconds(lambda n=n: deque(newsnorm.restore_many(texts * n, **options), maxlen=0))() for n in (1, 2)]
        finally:
            os.sched_setaffinity(0, one)
        return (runs[1] - runs[0]) * len(flat) / len(texts)

    return in_turns(
        {
            "workers": lambda: beyond_one_round(everywhere, workers=len(everywhere)),
            "one core": lambda: beyond_one_round(one),
        },
        -(-repeats // 2),
        "speed, workers",
    )


def yardstick() -> None:
    """Multiply float32 matrices as large as those of an encoder of width 384; about as much as 600 words take."""
    draw = np.random.default_rng(1)
    rows, wide, narrow = (draw.random(shape, np.float32) for shape in ((256, 384), (384, 1536), (1536, 384)))
    for _ in range(24):
        (rows @ wide) @ narrow


def beside_products(session: Any, feeds: Sequence[dict[str, Any]], repeats: int) -> dict[str, Any]:
    """Repeat some calls of the encoder in turns with plain products of as many rows, and compare their operations."""
    from benchmarks.encoder import Products, weight_shapes
    from newsnorm.model import PACKAGED

    options = session.get_session_options()
    products = Products.of(weight_shapes((PACKAGED / "model.onnx").read_bytes()), options.intra_op_num_threads)
    sample = [feeds[i] for i in np.linspace(0, len(feeds) - 1, min(_SAMPLE, len(feeds)), dtype=int)]
    rows = [next(iter(feed.values())).size for feed in sample]
    bound = {count: products.bound(count) for count in set(rows)}
    times = in_turns(
        {
            "encoder": seconds(lambda: [session.run(None, feed) for feed in sample]),
            "products": seconds(lambda: [products.session.run_with_iobinding(bound[count]) for count in rows]),
        },
        repeats,
        "speed, products",
    )
    operations = sum(map(products.operations, rows))
    return {
        "achieved": operations / statistics.median(times["encoder"]),
        "plain": operations / statistics.median(times["products"]),
        "fraction": [plain / whole for whole, plain in zip(times["encoder"], times["products"], strict=True)],
        "shapes": [[*shape, count] for shape, count in Counter(products.shapes).items()],
        "threads": options.intra_op_num_threads,
    }
