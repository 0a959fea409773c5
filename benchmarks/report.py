"""What a measurement gives back, and how it is printed and written: tables, JSON, plots."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from benchmarks.timing import Spread

#: A cell: text as it is, numbers with three figures, nothing for what was not measured.
Cell = str | float | int | None


@frozen
class Table:
    """Rows under heads; the first column is text, the others are numbers where they can be."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


@frozen
class Bars:
    """A panel of a plot: one bar a name, with its quartiles where it has any."""

    title: str
    unit: str
    values: Mapping[str, Spread | float]
    #: Names of the bars that the plot is about; the others are drawn in grey.
    ours: Sequence[str] = ()
    logarithmic: bool = False
    #: Where the scale ends, 100 for percent; with the greatest value if nothing is given.
    full: float | None = None


@frozen
class Lines:
    """A panel of a plot: one line a series, through points ``(x, y)``."""

    title: str
    x_unit: str
    y_unit: str
    series: Mapping[str, Sequence[tuple[float, float]]]
    logarithmic: bool = False


Panel = Bars | Lines


@frozen
class Result:
    """All that one subcommand found; *data* is plain data, the same figures unrounded."""

    name: str
    tables: Sequence[Table]
    data: Mapping[str, object]
    panels: Sequence[Panel] = ()
    #: Of each virtual environment that took part, its packages and their versions.
    venvs: Mapping[str, Mapping[str, str]] = field(factory=dict)


def shown(cell: Cell) -> str:
    """Write a cell: whole numbers whole, others with three figures, but no digit before the point dropped.

    >>> shown(12345), shown(12345.6), shown(12.0), shown(1.0), shown(0.012345), shown(None)
    ('12,345', '12,346', '12.0', '1.00', '0.0123', '–')
    """
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or abs(cell) >= 100:
        return f"{cell:,.0f}"
    size = abs(cell)
    return f"{cell:.1f}" if size >= 10 else f"{cell:.2f}" if size >= 1 else f"{cell:.3g}"


def as_text(table: Table) -> str:
    """
    Set a table out in columns.

    >>> print(as_text(Table("times", ["what", "ms"], [["import", 12.34], ["call", None]], "rough")))
    times
      what      ms
      import  12.3
      call       –
      (rough)
    """
    cells = [[str(head) for head in table.heads], *([shown(cell) for cell in row] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    # A column of words reads from the left, one of numbers from the right.
    words = [all(isinstance(cell, str) for cell in column) for column in zip(*table.rows, strict=True)]
    lines = [table.title]
    for row in cells:
        parts = [
            cell.ljust(width) if left else cell.rjust(width)
            for cell, width, left in zip(row, widths, words, strict=True)
        ]
        lines.append("  " + "  ".join(parts).rstrip())
    return "\n".join([*lines, f"  ({table.note})"] if table.note else lines)


def spread_cells(spread: Spread) -> list[Cell]:
    """Give the cells of a spread, under the heads ``median, low, high``."""
    return [spread.median, spread.low, spread.high]


def write(result: Result, out: Path, environment: Mapping[str, object], data: Mapping[str, object]) -> list[Path]:
    """Write ``NAME.json``, ``NAME.png`` and ``NAME.svg`` into the folder *out*; return what was written."""
    from attrs import asdict

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
    return [path, *_plots(result, out)]


def _plain(value: object) -> object:
    from attrs import asdict, has

    if has(type(value)):
        return asdict(value)  # type: ignore[arg-type]  # `has` says that it is an attrs value
    raise TypeError(f"{value!r} cannot be written as JSON: give plain data or attrs values")


def _plots(result: Result, out: Path) -> list[Path]:
    if not result.panels:
        return []
    try:
        from benchmarks.plots import draw
    except ImportError as error:
        print(f"no plot is drawn, {error.name} is missing: pip install '.[bench]'", file=sys.stderr)
        return []
    return draw(result.panels, out / result.name)
