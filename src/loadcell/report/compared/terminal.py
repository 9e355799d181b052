"""A comparison in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from loadcell.compare import Comparison
from loadcell.report.compared import words
from loadcell.report.grid import COLOURS, Column, Grid, print_grid, print_labelled


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the verdict, what was compared, every figure, the bottleneck, and what else must be known."""
    plain = not console.is_terminal
    width = 10_000 if plain else console.width
    found = words.headline(comparison)
    line = Text(f"{found.mark} {found.word.upper()}", style=f"bold {COLOURS[found.kind]}")
    console.print(line.append(f": {found.sentence}", style="not bold default"), soft_wrap=plain)
    console.print()
    for label, text in words.sides(comparison):
        print_labelled(label, text, console, width)
    word, sentence = words.bottleneck(comparison.bottleneck)
    print_labelled("Bottleneck", f"{word}: {sentence}", console, width, "bold")
    after = comparison.bottleneck.after
    if after is not None:
        print_labelled("  what to do", after.advice, console, width)
    console.print()
    print_grid(_grid(comparison), console, width)
    for label, text in [("Differs", clause) for clause in comparison.environment]:
        print_labelled(label, text, console, width)
    for text in (words.intervals_said(comparison), *comparison.remarks):
        print_labelled("", text, console, width)


def _grid(comparison: Comparison) -> Grid:
    rows = [words.cells(row) for row in comparison.judged]
    columns = [
        Column("Entry", words=True), Column("Figure", words=True), Column("Before"), Column("After"), Column("Effect"),
        Column("Interval"), Column("Verdict", words=True), Column("", words=True),
    ]  # fmt: skip
    lines = [
        [row.entry, row.figure, row.before, row.after, row.effect, row.interval, row.verdict, row.remark] for row in rows
    ]
    if not any(row.remark for row in rows):
        columns, lines = columns[:-1], [line[:-1] for line in lines]
    return Grid("Figures", columns, lines, styles={(i, 6): f"bold {COLOURS[row.kind]}" for i, row in enumerate(rows)})
