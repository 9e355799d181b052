"""The HTML report: one file that opens offline, with nothing in it but text, tables and inlined charts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loadcell import charts
from loadcell.report import sections
from loadcell.report.document import document
from loadcell.report.figures import figures
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
    names, found = _figures(reader, result)
    return page(
        title=f"{result['run']['id']} – Loadcell report",
        heading=sections.heading(result),
        facts=sections.facts(result),
        badges=sections.badges(result),
        body=sections.body(result, names, places=_drawn(found)),
        footer=sections.footer(result),
        figures=found,
        theme=theme,
        is_embedded=is_embedded,
    )


def _figures(reader: RunReader, result: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The names to choose a distribution by, and all figures by the name of their place in the page."""
    busiest = sorted(reader.entries(), key=lambda totals: -totals.requests)[:MAX_DISTRIBUTIONS]
    spread = [reader.total(), *busiest]
    found: dict[str, Any] = {
        name: (untitled if name in UNDER_HEADINGS else plain)(figure) for name, figure in figures(reader, result).items()
    }
    found["distributions"] = [untitled(charts.distribution(totals)) for totals in spread]
    found["distribution"] = found["distributions"][0]
    return [f"{totals.method} {totals.name}".strip() for totals in spread], found


UNDER_HEADINGS = ("errors", "waterfall", "scaling")
"""Those whose place has a heading of its own."""
MAY_BE_EMPTY = ("health", "service_cpu", "service_memory")


def _drawn(figures: dict[str, Any]) -> set[str]:
    """The places whose figures show something."""
    return {name for name in figures if name not in MAY_BE_EMPTY or figures[name]["data"]}
