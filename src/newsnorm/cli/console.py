"""Standard error: messages and, on a terminal, a progress line."""

from __future__ import annotations

import sys
import time
from contextlib import suppress

#: Seconds between two updates of the progress line.
_INTERVAL = 0.1
_CLEAR = "\r\x1b[K"
_UNITS = {"file": 1, "MB": 1_000_000}


class Console:
    """Standard error. It is ignored if it is closed."""

    def __init__(self) -> None:
        self._total, self._unit, self._done = 0, "", 0
        self._began = self._drawn = 0.0
        self._is_shown = False

    def print_message(self, message: str) -> None:
        """Print a line."""
        self._clear()
        self._print(f"newsnorm: {message}\n")

    def start(self, total: int, unit: str) -> None:
        """Show the progress up to *total* files, or bytes, which are shown as megabytes; only on a terminal."""
        if total and sys.stderr is not None and sys.stderr.isatty():
            self._total, self._unit, self._done = total, unit, 0
            self._began = time.monotonic()
            # A text does not advance until it is finished: 50,000 characters take a second.
            if unit == "file" or total > 50_000:
                self._draw(self._began)

    def add(self, amount: int = 1) -> None:
        """Advance by *amount*."""
        self._done += amount
        now = time.monotonic()
        if self._total and now - self._drawn >= _INTERVAL:
            self._draw(now)

    def end(self) -> None:
        """Remove the progress line."""
        self._clear()
        self._total = 0

    def _draw(self, now: float) -> None:
        self._drawn = now
        self._is_shown = True
        self._print(_CLEAR + self._line(now - self._began))

    def _line(self, seconds: float) -> str:
        done, total = min(self._done, self._total), self._total
        scale = _UNITS[self._unit]
        counts = f"{done / scale:,.1f} of {total / scale:,.1f}" if scale > 1 else f"{done:,} of {total:,}"
        left = f", {_duration(seconds / done * (total - done))} left" if 0 < done < total else ""
        return f"newsnorm: {counts} {self._unit}{'s' if scale == 1 else ''}, {100 * done // total} %{left}"

    def _clear(self) -> None:
        if self._is_shown:
            self._print(_CLEAR)
            self._is_shown = False

    def _print(self, text: str) -> None:
        if sys.stderr is not None:
            with suppress(OSError):
                print(text, end="", file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    """Format a duration roughly.

    >>> _duration(8.2), _duration(200), _duration(9000)
    ('9 s', '4 min', '2.5 h')
    """
    if seconds < 60:
        return f"{int(seconds) + 1} s"
    return f"{int(seconds / 60) + 1} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"
