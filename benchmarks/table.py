"""Tables on the terminal, and the little statistics in them."""

import statistics
from collections.abc import Sequence


def render(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A titled table: the first column to the left, the others to the right; None is a dash."""
    cells = [list(columns), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
    lines = [
        "  ".join(text.ljust(width) if not index else text.rjust(width) for index, (text, width) in enumerate(pairs))
        for pairs in (list(zip(row, widths, strict=True)) for row in cells)
    ]
    return "\n".join(["", title, lines[0], "-" * len(lines[0]), *lines[1:]])


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "NO"
        case float():
            return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"
        case int():
            return f"{value:,}"
    return str(value)


def spread(values: Sequence[float]) -> str:
    """The least and the greatest value."""
    return f"{min(values):,.0f} - {max(values):,.0f}"


def median(values: Sequence[float]) -> float:
    """The median."""
    return float(statistics.median(values))
