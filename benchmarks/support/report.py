"""Results as text on the terminal, and as files: JSON and plots."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from attrs import asdict, has

from benchmarks.support.result import Cell, Result, Table, format_cell
from benchmarks.support.timing import Spread


def format_table(table: Table) -> str:
    """
    Lay out a table in columns.

    >>> print(format_table(Table("times", ["what", "ms"], [["import", 12.34], ["call", None]], "rough")))
    times
      what      ms
      import  12.3
      call       –
      (rough)
    """
    cells = [[str(head) for head in table.heads], *([format_cell(cell) for cell in row] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    # Text is aligned left, numbers are aligned right.
    is_text = [all(isinstance(cell, str) for cell in column) for column in zip(*table.rows, strict=True)]
    lines = [table.title]
    for row in cells:
        parts = [
            cell.ljust(width) if left else cell.rjust(width)
            for cell, width, left in zip(row, widths, is_text, strict=True)
        ]
        lines.append("  " + "  ".join(parts).rstrip())
    return "\n".join([*lines, f"  ({table.note})"] if table.note else lines)


def spread_cells(spread: Spread) -> list[Cell]:
    """Return the cells of a spread, for the heads ``median, low, high``."""
    return [spread.median, spread.low, spread.high]


def write(result: Result, out: Path, environment: Mapping[str, object], data: Mapping[str, object]) -> list[Path]:
    """Write ``NAME.json``, ``NAME.png`` and ``NAME.svg`` into the folder *out*; return the paths of the files."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{result.name}.json"
    content = {
        "benchmark": result.name,
        "environment": environment,
        "data": data,
        "figures": result.data,
        "tables": [asdict(table) for table in result.tables],
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False, default=_plain) + "\n", encoding="utf-8")
    return [path, *_draw_plots(result, out)]


def _plain(value: object) -> object:
    if has(type(value)):
        return asdict(value)  # type: ignore[arg-type]  # `has` makes sure that it is an attrs value
    raise TypeError(f"{value!r} cannot be written as JSON: use plain data or attrs values")


def _draw_plots(result: Result, out: Path) -> list[Path]:
    if not result.panels:
        return []
    try:
        from benchmarks.support.plots import draw
    except ImportError as error:
        print(f"no plot was drawn, because {error.name} is missing: pip install '.[bench]'", file=sys.stderr)
        return []
    return draw(result.panels, out / result.name)
