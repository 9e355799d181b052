"""The figures of a run by name, as the report shows them and a notebook does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loadcell import charts
from loadcell.report import cause_charts
from loadcell.store import RunReader

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def figures(reader: RunReader, result: dict[str, Any]) -> dict[str, Figure]:
    """Those of any run; of an assessment, a cause and several loads only what there is something to see in.

    `result` is the run's document.
    """
    return {
        "throughput": charts.throughput(reader),
        "response_times": charts.response_times(reader),
        "users": charts.users(reader),
        "errors": charts.errors(reader),
        "health": charts.health(reader),
        "service_cpu": charts.service_cpu(reader),
        "service_memory": charts.service_memory(reader),
        **_assessed(reader, result),
        **_causes(reader, result),
        **_by_load(result),
    }


def _assessed(reader: RunReader, result: dict[str, Any]) -> dict[str, Figure]:
    """The figures of an assessment, by the name of their place; none of a plain run."""
    figures = {"capacity": charts.capacity(reader), "recovery": charts.recovery(reader)}
    if figures["capacity"] is not None and result["scaling"]:
        cause_charts.add_curve(figures["capacity"], result["scaling"], is_open=result["run"]["model"] == "open")
    return {name: figure for name, figure in figures.items() if figure is not None}


def _causes(reader: RunReader, result: dict[str, Any]) -> dict[str, Figure]:
    """For each finding the figure that shows it, by the name of its place; those that there is something to see in."""
    figures: dict[str, Figure] = {}
    titles = set()
    for number, found in enumerate(result["findings"]):
        figure = cause_charts.cause(reader, found["code"], result["diagnosis"]["high_s"])
        # Findings that the same signal shows have one figure together.
        if figure is not None and figure.layout.title.text not in titles:
            figures[f"cause-{number}"] = figure
            titles.add(figure.layout.title.text)
    return figures


def _by_load(result: dict[str, Any]) -> dict[str, Figure]:
    """What several loads show together, under headings of their own."""
    figures = {}
    if result["waterfall"]:
        figures["waterfall"] = cause_charts.waterfall(result["waterfall"])
    if result["scaling"]:
        figures["scaling"] = cause_charts.scaling(result["scaling"], result["findings"])
    return figures
