"""The result of a subcommand: tables, panels of a plot, and plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from benchmarks.support.timing import Spread

#: A cell of a table; ``None`` for what was not measured.
Cell = str | float | int | None


@frozen
class Table:
    """Rows under column heads; the first column is text, the others are numbers where possible."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


@frozen
class Bars:
    """A panel with one bar per name; a `Spread` also shows its quartiles."""

    title: str
    unit: str
    values: Mapping[str, Spread | float]
    #: The bars to highlight; the others are grey. If empty, all bars are highlighted.
    ours: Sequence[str] = ()
    logarithmic: bool = False
    #: The end of the scale, 100 for percent; by default a little beyond the largest value.
    full: float | None = None


@frozen
class Lines:
    """A panel with one line per series, through points ``(x, y)``."""

    title: str
    x_unit: str
    y_unit: str
    series: Mapping[str, Sequence[tuple[float, float]]]
    logarithmic: bool = False


Panel = Bars | Lines


@frozen
class Result:
    """Everything that one subcommand measured; *data* has the unrounded values as plain data or attrs values."""

    name: str
    tables: Sequence[Table]
    data: Mapping[str, object]
    panels: Sequence[Panel] = ()
    #: The packages and versions of each virtual environment that was used.
    venvs: Mapping[str, Mapping[str, str]] = field(factory=dict)


def format_cell(cell: Cell) -> str:
    """Format a cell: integers in full, other numbers with three significant digits or all digits before the point.

    >>> format_cell(12345), format_cell(12345.6), format_cell(12.0), format_cell(1.0), format_cell(0.012345)
    ('12,345', '12,346', '12.0', '1.00', '0.0123')
    >>> format_cell(None)
    '–'
    """
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or abs(cell) >= 100:
        return f"{cell:,.0f}"
    size = abs(cell)
    return f"{cell:.1f}" if size >= 10 else f"{cell:.2f}" if size >= 1 else f"{cell:.3g}"
