"""The answer of a sweep in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from loadcell.report.grid import Column, Grid, print_grid, print_labelled
from loadcell.report.swept import words
from loadcell.sweep import Sweep


def print_sweep(sweep: Sweep, console: Console) -> None:
    """Print which setting to take, why, and the table of all."""
    width = console.width if console.is_terminal else 10_000
    console.print(Text(words.headline(sweep), style="bold"), soft_wrap=not console.is_terminal)
    console.print()
    for line in words.lines(sweep):
        print_labelled(line.label, line.text, console, width)
    console.print()
    print_grid(_grid(sweep), console, width)
    for text in (f"Held to: {', '.join(sweep.objectives)}.", *sweep.remarks):
        print_labelled("", text, console, width)


def _grid(sweep: Sweep) -> Grid:
    axes = [Column(axis.name) for axis in sweep.axes]
    columns = [*axes, *(Column(heading, words=number > 2) for number, heading in enumerate(words.HEADINGS))]
    rows = [[*row.setting, row.capacity, row.rps, row.memory, row.limit, row.mark] for row in words.rows(sweep)]
    styles = {} if sweep.recommended is None else {(sweep.recommended, i): "bold" for i in range(len(columns))}
    return Grid("Settings", columns, rows, styles=styles)
