"""Tables and labelled lines in the terminal: drawn by rich, or plain columns where the output is no terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from loadcell.text import one_line

PLAIN_NAME = 60
COLOURS = {"good": "cyan", "bad": "red", "warn": "yellow"}
"""Which the colour-blind can tell apart, unlike green and red; the words say the same."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, with its unit, and whether its cells are words (left) or figures (right)."""

    heading: str
    words: bool = False


@dataclass(slots=True)
class Grid:
    """A table before it is drawn: the last row is a total where `total` says so; `styles` colours single cells."""

    title: str
    columns: Sequence[Column]
    rows: list[list[str]]
    total: bool = False
    styles: dict[tuple[int, int], str] | None = None


def print_grid(grid: Grid, console: Console, width: int) -> None:
    """Print a table in so many columns; nothing where it has no rows."""
    if not grid.rows:
        return
    if not console.is_terminal:
        _print_plain(grid, console)
    else:
        console.print(_rich_table(grid, width))
        console.print()


def print_labelled(label: str, words: str, console: Console, width: int, style: str = "") -> None:
    """Print words beside a label, in as many lines as they need."""
    head = f"  {label:<15}"
    for number, part in enumerate(wrap(one_line(words), max(20, width - len(head) - 1))):
        text = Text(" " * len(head) if number else head, style="dim")
        text.append(part, style=f"not dim {style}")
        console.print(text, soft_wrap=True)


def cut_middle(text: str, width: int) -> str:
    """`text` in at most `width` characters; the middle goes first, since names differ at their ends.

    >>> cut_middle("/api/v1/orders/{id}/items", 15)
    '/api/v1…}/items'
    """
    text = one_line(text)
    if len(text) <= width:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def _rich_table(grid: Grid, width: int) -> Table:
    styles = grid.styles or {}
    natural = _natural_widths(grid)
    gap = 2 if sum(natural) + 2 * len(natural) <= width else 1
    widths = _fitted(grid, natural, width - gap * len(natural))
    table = Table(
        title=grid.title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, gap - 1, 0, 0),
    )
    for column in grid.columns:
        table.add_column(Text(column.heading), justify="left" if column.words else "right", no_wrap=True)
    for number, row in enumerate(grid.rows):
        last = grid.total and number == len(grid.rows) - 1
        cells = [
            Text(cut_middle(cell, widths[i]) if grid.columns[i].words else cell, style=styles.get((number, i), ""))
            for i, cell in enumerate(row)
        ]
        if last:
            table.add_section()
        table.add_row(*cells, style="bold" if last else "")
    return table


def _natural_widths(grid: Grid) -> list[int]:
    return [
        max([len(column.heading), *(len(one_line(row[i])) for row in grid.rows)]) for i, column in enumerate(grid.columns)
    ]


def _fitted(grid: Grid, natural: list[int], width: int) -> list[int]:
    """How wide each column may be so that all fit in `width`: the widest column of words gives way first."""
    widths = list(natural)
    words = [i for i, column in enumerate(grid.columns) if column.words]
    while sum(widths) > width:
        widest = max(words, key=lambda i: widths[i])
        if widths[widest] <= 7:
            break
        widths[widest] -= 1
    return widths


def _print_plain(grid: Grid, console: Console) -> None:
    cells = [[cut_middle(cell, PLAIN_NAME if i < len(row) - 1 else 200) for i, cell in enumerate(row)] for row in grid.rows]
    headings = [column.heading for column in grid.columns]
    widths = [max(len(row[i]) for row in [headings, *cells]) for i in range(len(headings))]
    lines = [grid.title]
    for row in [headings, *cells]:
        padded = [
            cell.ljust(width) if column.words else cell.rjust(width)
            for cell, width, column in zip(row, widths, grid.columns, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    for line in (*lines, ""):
        console.out(line, highlight=False)
