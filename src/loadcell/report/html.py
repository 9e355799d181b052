"""The HTML report: one file that opens offline, with nothing in it but text, tables and inlined charts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loadcell import charts
from loadcell.report import cause_charts, sections
from loadcell.report.document import document
from loadcell.report.frame import Theme, page, plain, untitled
from loadcell.report.output import write_text
from loadcell.store import RunReader

MAX_DISTRIBUTIONS = 200


def write_html(reader: RunReader, path: Path) -> None:
    """Write the report of a run. UsageError if `path` can't be written."""
    write_text(render(reader), path)


def render(reader: RunReader, *, theme: Theme | None = None, is_embedded: bool = False) -> str:
    """The whole page, as `frame.page` makes it."""
    result = document(reader)
    names, figures = _figures(reader, result)
    return page(
        title=f"{result['run']['id']} – Loadcell report",
        heading=sections.heading(result),
        facts=sections.facts(result),
        badges=sections.badges(result),
        body=sections.body(result, names, places=_drawn(figures)),
        footer=sections.footer(result),
        figures=figures,
        theme=theme,
        is_embedded=is_embedded,
    )


def _figures(reader: RunReader, result: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The names to choose a distribution by, and all figures by the name of their place in the page."""
    busiest = sorted(reader.entries(), key=lambda totals: -totals.requests)[:MAX_DISTRIBUTIONS]
    spread = [reader.total(), *busiest]
    figures: dict[str, Any] = {
        "throughput": plain(charts.throughput(reader)),
        "response_times": plain(charts.response_times(reader)),
        "users": plain(charts.users(reader)),
        "errors": untitled(charts.errors(reader)),
        "health": plain(charts.health(reader)),
        "service_cpu": plain(charts.service_cpu(reader)),
        "service_memory": plain(charts.service_memory(reader)),
        **{name: plain(figure) for name, figure in (_assessed(reader, result) | _causes(reader, result)).items()},
        **{name: untitled(figure) for name, figure in _by_load(result).items()},
        "distributions": [untitled(charts.distribution(totals)) for totals in spread],
    }
    figures["distribution"] = figures["distributions"][0]
    return [f"{totals.method} {totals.name}".strip() for totals in spread], figures


MAY_BE_EMPTY = ("health", "service_cpu", "service_memory")


def _drawn(figures: dict[str, Any]) -> set[str]:
    """The places whose figures show something."""
    return {name for name in figures if name not in MAY_BE_EMPTY or figures[name]["data"]}


def _assessed(reader: RunReader, result: dict[str, Any]) -> dict[str, Any]:
    """The figures of an assessment, by the name of their place; none of a plain run."""
    figures = {"capacity": charts.capacity(reader), "recovery": charts.recovery(reader)}
    if figures["capacity"] is not None and result["scaling"]:
        cause_charts.add_curve(figures["capacity"], result["scaling"], is_open=result["run"]["model"] == "open")
    return {name: figure for name, figure in figures.items() if figure is not None}


def _causes(reader: RunReader, result: dict[str, Any]) -> dict[str, Any]:
    """For each finding the figure that shows it, by the name of its place; those that there is something to see in."""
    figures: dict[str, Any] = {}
    titles = set()
    for number, found in enumerate(result["findings"]):
        figure = cause_charts.cause(reader, found["code"], result["diagnosis"]["high_s"])
        # Findings that the same signal shows have one figure together.
        if figure is not None and figure.layout.title.text not in titles:
            figures[f"cause-{number}"] = figure
            titles.add(figure.layout.title.text)
    return figures


def _by_load(result: dict[str, Any]) -> dict[str, Any]:
    """What several loads show together, under headings of their own."""
    figures = {}
    if result["waterfall"]:
        figures["waterfall"] = cause_charts.waterfall(result["waterfall"])
    if result["scaling"]:
        figures["scaling"] = cause_charts.scaling(result["scaling"], result["findings"])
    return figures
