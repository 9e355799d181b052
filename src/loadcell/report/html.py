"""The HTML report: one file that opens offline, with nothing in it but text, tables and inlined charts."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Literal

import msgspec

from loadcell import charts
from loadcell.report import cause_charts, sections
from loadcell.report.document import document
from loadcell.report.output import written
from loadcell.store import RunReader

MAX_DISTRIBUTIONS = 200
Theme = Literal["light", "dark"]
_ASKED = "(prefers-color-scheme: dark)"


def write_html(reader: RunReader, path: Path) -> None:
    """Write the report of a run. UsageError if `path` can't be written."""
    page = render(reader)
    with written(path) as file:
        file.write(page)


def render(reader: RunReader, *, theme: Theme | None = None, is_embedded: bool = False) -> str:
    """The whole page. Names from the scenario and the service are text in it, whatever they contain.

    Without a theme it is as light as everything else in the browser; embedded it is a part of another page.
    """
    from plotly.offline import get_plotlyjs

    result = document(reader)
    names, figures = _figures(reader, result)
    folder = files("loadcell.report") / "page"
    plotly, script = get_plotlyjs(), (folder / "script.js").read_text("utf-8")
    return Template((folder / "page.html").read_text("utf-8")).substitute(
        policy=escape(_policy(plotly, script)),
        title=escape(f"{result['run']['id']} – Loadcell report"),
        style=_themed((folder / "style.css").read_text("utf-8"), theme),
        kind="embedded" if is_embedded else "",
        heading=sections.heading(result),
        facts=sections.facts(result),
        badges=sections.badges(result),
        body="\n".join(sections.body(result, names, places=_drawn(figures))),
        footer=sections.footer(result),
        figures=for_script(figures),
        plotly=plotly,
        script=script,
    )


def for_script(data: object) -> str:
    """JSON that can't end the `<script>` element it stands in."""
    text = msgspec.json.encode(data).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _figures(reader: RunReader, result: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The names to choose a distribution by, and all figures by the name of their place in the page."""
    busiest = sorted(reader.entries(), key=lambda totals: -totals.requests)[:MAX_DISTRIBUTIONS]
    spread = [reader.total(), *busiest]
    figures: dict[str, Any] = {
        "throughput": _plain(charts.throughput(reader)),
        "response_times": _plain(charts.response_times(reader)),
        "users": _plain(charts.users(reader)),
        "errors": _untitled(charts.errors(reader)),
        "health": _plain(charts.health(reader)),
        "service_cpu": _plain(charts.service_cpu(reader)),
        "service_memory": _plain(charts.service_memory(reader)),
        **{name: _plain(figure) for name, figure in (_assessed(reader, result) | _causes(reader, result)).items()},
        **{name: _untitled(figure) for name, figure in _by_load(result).items()},
        "distributions": [_untitled(charts.distribution(totals)) for totals in spread],
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


def _plain(figure: Any) -> dict[str, Any]:
    found = figure.to_plotly_json()
    layout = dict(found["layout"])
    layout.pop("template", None)
    return {"data": found["data"], "layout": layout}


def _untitled(figure: Any) -> dict[str, Any]:
    """For a place that has a heading of its own."""
    figure.update_layout(title=None, margin={"t": 40})
    return _plain(figure)


def _themed(style: str, theme: Theme | None) -> str:
    return style if theme is None else style.replace(_ASKED, "all" if theme == "dark" else "not all")


def _policy(*scripts: str) -> str:
    """No request to anywhere, and no script but these: one that got into the page by a name would not run."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "form-action 'none'; base-uri 'none'"
    )
