"""The figures of a sweep: the capacity along each axis, with what all others are set to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loadcell.charts import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, new_figure, text
from loadcell.diagnosis import Scaling
from loadcell.sweep import CellFound, Sweep

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION)
MOST_LINES = len(_COLOURS)
_STEPS = 60


def capacity(sweep: Sweep, name: str) -> Figure:
    """The capacity along one axis: a line for each combination of the others, the recommended one drawn thick."""
    unit = "users" if sweep.unit == "users" else "iterations/s"
    figure = new_figure(f"Capacity by {name}", f"Capacity ({unit})")
    taken = sweep.cells[sweep.recommended] if sweep.recommended is not None else None
    for (others, cells), colour in zip(_lines(sweep, name, taken), _COLOURS, strict=False):
        known = [cell for cell in cells if cell.capacity is not None]
        is_taken = taken is not None and any(cell is taken for cell in cells)
        figure.add_scatter(
            x=[cell.setting[name] for cell in known],
            y=[cell.capacity for cell in known],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [(cell.high or cell.capacity or 0) - (cell.capacity or 0) for cell in known],
                "arrayminus": [(cell.capacity or 0) - (cell.low or 0) for cell in known],
                "color": colour,
                "thickness": 1.4,
            },
            name=text(others or "capacity", 40),
            mode="lines+markers",
            line={"color": colour, "width": 3 if is_taken else 1.5},
        )
    if taken is not None and taken.capacity is not None:
        figure.add_scatter(
            x=[taken.setting[name]],
            y=[taken.capacity],
            name="recommended",
            mode="markers",
            marker={"symbol": "star", "size": 15, "color": VERMILLION, "line": {"color": "white", "width": 1}},
        )
    values = list(dict.fromkeys(cell.setting[name] for cell in sweep.cells))
    figure.update_xaxes(title={"text": name}, type="category", categoryorder="array", categoryarray=values)
    figure.update_layout(hovermode="closest")
    return figure


def curve(name: str, scaling: Scaling) -> Figure:
    """Throughput along one axis, with the better of the two laws, as far as it says something."""
    figure = new_figure(f"Throughput by {name}", "Successes per second at the capacity")
    figure.add_scatter(
        x=[point.n for point in scaling.points],
        y=[round(point.x, 2) for point in scaling.points],
        name="measured",
        mode="markers",
        marker={"color": BLUE, "size": 9},
    )
    first, last = scaling.points[0].n, scaling.up_to_n
    at = [first + (last - first) * step / _STEPS for step in range(_STEPS + 1)]
    law = "a line with a cap" if scaling.better == "cap" else "universal scalability law"
    figure.add_scatter(
        x=[round(n, 3) for n in at],
        y=[round(scaling.at(min(n, last)), 2) for n in at],
        name=law,
        line={"color": GREY, "width": 2, "dash": "dot"},
    )
    figure.update_xaxes(title={"text": name})
    figure.update_layout(hovermode="closest")
    return figure


def _lines(sweep: Sweep, name: str, taken: CellFound | None) -> list[tuple[str, list[CellFound]]]:
    """(all other settings in words, the cells), that of the recommended cell first."""
    found: dict[str, list[CellFound]] = {}
    for cell in sweep.cells:
        others = " ".join(f"{one}={value}" for one, value in cell.setting.items() if one != name)
        found.setdefault(others, []).append(cell)
    return sorted(found.items(), key=lambda item: not any(cell is taken for cell in item[1]))[:MOST_LINES]
