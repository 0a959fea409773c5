"""Times: measured in turns, and summed up as medians and quartiles."""

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
    """The median of some figures, and the quartiles around it: half of the figures lie between *low* and *high*."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, figures: Iterable[float]) -> Spread:
        """Sum up *figures*, at least one.

        >>> Spread.of([5, 1, 2, 4, 3])
        Spread(median=3, low=2.0, high=4.0, count=5)
        >>> Spread.of([7])
        Spread(median=7, low=7, high=7, count=1)
        """
        given = sorted(figures)
        if not given:
            raise ValueError("there is no median of no figures: measure at least once")
        if len(given) == 1:
            return cls(given[0], given[0], given[0], 1)
        low, _, high = statistics.quantiles(given, n=4, method="inclusive")
        return cls(statistics.median(given), low, high, len(given))

    def scaled(self, factor: float) -> Spread:
        """Give the same spread in another unit."""
        return Spread(self.median * factor, self.low * factor, self.high * factor, self.count)

    def rate(self, amount: float) -> Spread:
        """Turn seconds for *amount* into an amount a second; the shortest time is the highest rate."""
        return Spread(amount / self.median, amount / self.high, amount / self.low, self.count)


def in_turns(works: Mapping[str, Callable[[], T]], repeats: int, label: str) -> dict[str, list[T]]:
    """
    Run *works* in turns, ABCABC, after a round that is not counted; return what each returned, run by run.

    On a machine that others use as well, minutes differ. What is compared has to be measured in the same ones, so
    nothing is measured *repeats* times in a row.
    """
    results: dict[str, list[T]] = {name: [] for name in works}
    for turn in progress(range(repeats + 1), label):
        for name, work in works.items():
            result = work()
            if turn:
                results[name].append(result)
    return results


def seconds(work: Callable[[], object]) -> Callable[[], float]:
    """Make of *work* one that returns how long it took."""

    def timed() -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    return timed


def ratios(figures: Sequence[float], baseline: Sequence[float]) -> Spread:
    """Divide each figure by the baseline of the same turn.

    >>> ratios([2, 4, 9], [1, 2, 3]).median
    2.0
    """
    return Spread.of([figure / base for figure, base in zip(figures, baseline, strict=True)])


def progress(steps: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Show on the terminal how far *steps* are; without a terminal, or without tqdm, show nothing."""
    try:
        from tqdm import tqdm
    except ImportError:
        return iter(steps)
    return iter(tqdm(steps, desc=label, total=total, file=sys.stderr, disable=not sys.stderr.isatty(), leave=False))
