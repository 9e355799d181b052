"""A comparison as Markdown, for a pull request or the summary of a job."""

from __future__ import annotations

from loadcell.compare import Comparison, Row
from loadcell.report.compared import words
from loadcell.report.markdown import escaped, table

_MARKS = {"improved": "🟢", "regressed": "🔴", "equivalent": "⚪", "inconclusive": "🟡"}
MOST_ROWS = 60


def markdown(comparison: Comparison) -> str:
    """The verdict, the bottleneck, and the table of figures; names are text in it, whatever they contain."""
    found = words.headline(comparison)
    word, sentence = words.bottleneck(comparison.bottleneck)
    lines = [f"### {_MARKS[comparison.verdict]} {found.word}: {escaped(found.sentence)}", ""]
    lines += [f"- **{label}**: {escaped(text)}" for label, text in words.sides(comparison)]
    lines.append(f"- **Bottleneck**: {word.lower()}: {escaped(sentence)}")
    rows = [_cells(row) for row in comparison.judged[:MOST_ROWS]]
    figures = ["Before", "After", "Effect", "Interval"]
    lines += ["", *table(["Entry", "Figure"], figures, rows, ["Verdict"])]
    if (left := len(comparison.judged) - MOST_ROWS) > 0:
        lines.append(f"\n… and {left} more figures.")
    lines.append("")
    if comparison.environment:
        lines += [f"**Differs**: {escaped('; '.join(comparison.environment))}", ""]
    notes = " ".join((words.intervals_said(comparison), *comparison.remarks))
    lines.append(f"<sub>{escaped(notes)}</sub>")
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> list[str]:
    shown = words.cells(row)
    verdict = f"{_MARKS[row.verdict]} {row.verdict}" + (f" ({shown.remark})" if shown.remark else "")
    return [shown.entry, shown.figure, shown.before, shown.after, shown.effect, shown.interval, verdict]
