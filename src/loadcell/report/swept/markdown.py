"""The answer of a sweep as Markdown, for the summary of a job."""

from __future__ import annotations

from loadcell.report.markdown import escaped, table
from loadcell.report.swept import words
from loadcell.sweep import Sweep

MOST_ROWS = 60


def markdown(sweep: Sweep) -> str:
    """Which setting to take, why, and the table of all; names are text in it, whatever they contain."""
    lines = [f"### {'🔴' if sweep.recommended is None else '🟢'} {escaped(words.headline(sweep))}", ""]
    lines += [f"- **{line.label}**: {escaped(line.text)}" for line in words.lines(sweep)]
    rows = [[*row.setting, row.capacity, row.rps, row.memory, row.limit, row.mark] for row in words.rows(sweep)]
    first, last = words.HEADINGS[:3], words.HEADINGS[3:]
    lines += ["", *table([escaped(axis.name) for axis in sweep.axes], first, rows[:MOST_ROWS], last)]
    if (left := len(rows) - MOST_ROWS) > 0:
        lines.append(f"\n… and {left} more settings.")
    notes = " ".join((f"Held to {', '.join(sweep.objectives)}.", *sweep.remarks))
    return "\n".join([*lines, "", f"<sub>{escaped(notes)}</sub>"]) + "\n"
