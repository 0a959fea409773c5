"""Interleaved timing, and medians and quartiles of the measured values."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from attrs import frozen

T = TypeVar("T")


@frozen
class Spread:
    """The median of some values, and their quartiles: half of the values lie between *low* and *high*."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Compute the spread of *values*, at least one.

        >>> Spread.of([5, 1, 2, 4, 3])
        Spread(median=3, low=2.0, high=4.0, count=5)
        >>> Spread.of([7])
        Spread(median=7, low=7, high=7, count=1)
        """
        ordered = sorted(values)
        if not ordered:
            raise ValueError("there is no median without values: measure at least once")
        if len(ordered) == 1:
            return cls(ordered[0], ordered[0], ordered[0], 1)
        low, _, high = statistics.quantiles(ordered, n=4, method="inclusive")
        return cls(statistics.median(ordered), low, high, len(ordered))

    def scaled(self, factor: float) -> Spread:
        """Return the same spread in another unit."""
        return Spread(self.median * factor, self.low * factor, self.high * factor, self.count)

    def rate(self, amount: float) -> Spread:
        """Convert seconds for *amount* into an amount per second; the shortest time becomes the highest rate."""
        return Spread(amount / self.median, amount / self.high, amount / self.low, self.count)


def run_interleaved(works: Mapping[str, Callable[[], T]], repeats: int, label: str) -> dict[str, list[T]]:
    """
    Run *works* interleaved (ABCABC), after an uncounted warm-up round; return what each returned, round by round.

    The speed of a shared machine changes from minute to minute. Values are comparable only if they were measured within
    the same minutes, so no work runs *repeats* times in a row.
    """
    results: dict[str, list[T]] = {name: [] for name in works}
    for round_number in progress(range(repeats + 1), label):
        for name, work in works.items():
            result = work()
            if round_number:
                results[name].append(result)
    return results


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """Return a function that runs *work* and returns the seconds it took."""

    def run() -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    return run


def ratios(values: Sequence[float], baseline: Sequence[float]) -> Spread:
    """Divide each value by the baseline of the same round.

    >>> ratios([2, 4, 9], [1, 2, 3]).median
    2.0
    """
    return Spread.of([value / base for value, base in zip(values, baseline, strict=True)])


def yardstick() -> None:
    """Multiply float32 matrices of the size of an encoder of width 384; takes about as long as restoring 600 words."""
    # Imported here, because NumPy counts the cores when it is imported: a process is pinned to one core before that.
    import numpy as np

    draw = np.random.default_rng(1)
    rows, wide, narrow = (draw.random(shape, np.float32) for shape in ((256, 384), (384, 1536), (1536, 384)))
    for _ in range(24):
        (rows @ wide) @ narrow


def progress(steps: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Yield *steps* with a progress bar on the terminal; without a terminal or without tqdm, show nothing."""
    try:
        from tqdm import tqdm
    except ImportError:
        return iter(steps)
    return iter(tqdm(steps, desc=label, total=total, file=sys.stderr, disable=not sys.stderr.isatty(), leave=False))
