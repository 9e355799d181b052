"""Two runs side by side: their curves over one another, their figures in one table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nicegui import run as threads
from nicegui import ui

from loadcell.charts import MAX_POINTS, ORANGE, latency_window_s, new_figure
from loadcell.environment import differences
from loadcell.store import EntryTotals, RunReader, list_runs
from loadcell.web.desk import Desk
from loadcell.web.pages.curves import BLUE, SOFT
from loadcell.web.pages.tables import column

_FIGURES = (
    ("requests", "Requests"),
    ("rps", "req/s"),
    ("failed", "Failed (%)"),
    ("p50", "p50 ms"),
    ("p95", "p95 ms"),
    ("p99", "p99 ms"),
)


def show_two(desk: Desk, first: str, second: str) -> None:
    """Both runs; by what margin one is better is for a comparison to say, which takes several runs of each."""
    paths = {found.id: found.path for found in list_runs(desk.config.runs_dir)}
    with ui.column().classes("lc-main"):
        ui.label("Two runs").classes("lc-title")
        if missing := [name for name in (first, second) if name not in paths]:
            ui.label(f"There is no run {' and none '.join(missing)} here.")
            ui.link("All runs", "/runs")
            return
        with ui.row().classes("lc-gap"):
            ui.label("A").classes("lc-a")
            ui.link(first, f"/runs/{first}")
            ui.label("B").classes("lc-b")
            ui.link(second, f"/runs/{second}")
        unlike = ui.label().classes("lc-notice").props('role="alert"')
        waiting = ui.spinner(size="lg")
        plots = []
        for _ in range(3):
            with ui.element("div").classes("lc-card"):
                plots.append(ui.plotly({"data": [], "layout": {}}).classes("full-width"))
        table = ui.table(columns=_columns(), rows=[], pagination={"rowsPerPage": 0})
        table.props("flat dense hide-pagination").classes("full-width lc-table")

        async def load() -> None:
            found = await threads.io_bound(compared, paths[first], paths[second])
            waiting.delete()
            if found is None:
                return
            unlike.text = in_words(found.differences)
            table.rows = found.rows
            for plot, figure in zip(plots, found.figures, strict=True):
                plot.update_figure(figure)

        ui.timer(0.01, load, once=True)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two runs beside one another."""

    figures: list[dict[str, Any]]
    """To be drawn."""
    rows: list[dict[str, Any]]
    """Of the table: one an entry, the sum last."""
    differences: list[str]
    """In what they were made on."""


def compared(first: Path, second: Path) -> Compared:
    """What there is to see of both; takes a moment."""
    with RunReader.open(first) as a, RunReader.open(second) as b:
        return Compared(_figures(a, b), _rows(a, b), differences(a.environment, b.environment))


def in_words(found: list[str]) -> str:
    """The warning that goes with differences; empty without any."""
    return f"They were not made on the same, so figures may differ for that alone: {'; '.join(found)}." if found else ""


def _figures(a: RunReader, b: RunReader) -> list[dict[str, Any]]:
    longest = max(a.duration_s, b.duration_s)
    kinds = (
        ("Throughput", "Requests per second", "rps"),
        ("p95", "Response time (ms)", "p95_ms"),
        ("Users", "Users", "users"),
    )
    points = [reader.timeline(window_s=latency_window_s(reader), max_points=MAX_POINTS) for reader in (a, b)]
    drawn = []
    for title, axis, name in kinds:
        figure = new_figure(title, axis, longest)
        for label, colour, found in zip("AB", (BLUE, ORANGE), points, strict=True):
            values = [getattr(point, name) for point in found]
            figure.add_scatter(
                x=[point.start_s for point in found], y=values, name=label, line={"color": colour, "width": 2}
            )
        figure.update_layout(template=None, height=260, font={"color": SOFT})
        drawn.append(figure.to_plotly_json())
    return drawn


def _rows(a: RunReader, b: RunReader) -> list[dict[str, Any]]:
    of_a, of_b = ({(one.method, one.name): one for one in reader.entries()} for reader in (a, b))
    rows = [_row(key, of_a.get(key), of_b.get(key), a, b) for key in sorted({*of_a, *of_b})]
    return [*rows, _row(("", "Aggregated"), a.total(), b.total(), a, b)]


def _row(
    key: tuple[str, str], of_a: EntryTotals | None, of_b: EntryTotals | None, a: RunReader, b: RunReader
) -> dict[str, Any]:
    row: dict[str, Any] = {"key": " ".join(key), "method": key[0], "name": key[1]}
    for label, totals, reader in (("a", of_a, a), ("b", of_b, b)):
        if totals is None:
            continue
        times = [us and us / 1000 for us in totals.latency.percentiles((50.0, 95.0, 99.0))]
        share = 100 * totals.failures / totals.requests if totals.requests else 0.0
        rps = totals.requests / reader.counted_s if reader.counted_s else 0.0
        for (name, _), value in zip(_FIGURES, (totals.requests, rps, share, *times), strict=True):
            row[f"{name}_{label}"] = value if value is None or isinstance(value, int) else float(f"{value:.4g}")
    return row


def _columns() -> list[dict[str, Any]]:
    found = [column("method", "Method", is_text=True), column("name", "Name", is_text=True)]
    for name, label in _FIGURES:
        found += [column(f"{name}_a", f"{label} A", is_text=False), column(f"{name}_b", "B", is_text=False)]
    return found
