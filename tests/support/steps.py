"""Counts the steps of a call, to see how its cost grows without reading a clock."""

from __future__ import annotations

import sys
from pathlib import Path

import newsnorm

PACKAGE = str(Path(newsnorm.__file__).parent)


def lines_run(function, *arguments, **options) -> int:
    """Count the lines of newsnorm that a call runs; each pass through a loop runs at least one."""
    count = 0

    def count_lines(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return count_lines

    def enter(frame, _event, _argument):
        return count_lines if frame.f_code.co_filename.startswith(PACKAGE) else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        function(*arguments, **options)
    finally:
        sys.settrace(before)
    return count
