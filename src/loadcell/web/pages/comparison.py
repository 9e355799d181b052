"""Two runs side by side: the verdict and the comparison, or why they can't be compared and what there is to see of both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nicegui import run as threads
from nicegui import ui

from loadcell.compare import Incomparable, compare
from loadcell.report.compared import words
from loadcell.report.compared.charts import curves
from loadcell.store import EntryTotals, RunReader, list_runs
from loadcell.web.desk import Desk
from loadcell.web.pages.curves import SOFT
from loadcell.web.pages.result import Told, show_embedded, show_told
from loadcell.web.pages.tables import column

_FIGURES = (
    ("requests", "Requests"),
    ("rps", "req/s"),
    ("failed", "Failed (%)"),
    ("p50", "p50 ms"),
    ("p95", "p95 ms"),
    ("p99", "p99 ms"),
)


def show_two(desk: Desk, first: str, second: str, theme: str | None) -> None:
    """Both runs. `theme`: of the comparison; None for that of the rest of the screen."""
    paths = {found.id: found.path for found in list_runs(desk.config.runs_dir)}
    with ui.column().classes("lc-main") as place:
        ui.label("Two runs").classes("lc-title")
        if missing := [name for name in (first, second) if name not in paths]:
            ui.label(f"There is no run {' and none '.join(missing)} here.")
            ui.link("All runs", "/runs")
            return
        with ui.row().classes("lc-gap"):
            ui.label("Before").classes("lc-a")
            ui.link(first, f"/runs/{first}")
            ui.label("After").classes("lc-b")
            ui.link(second, f"/runs/{second}")
            ui.link("The other way round", f"/compare/{second}/{first}")
        waiting = ui.spinner(size="lg")

        async def load() -> None:
            found = await threads.io_bound(compared, paths[first], paths[second])
            waiting.delete()
            if found is None:
                return
            with place:
                if found.told is not None:
                    show_told(found.told)
                    show_embedded(f"/api/v1/compare/{first}/{second}/report", f"{first} and {second}, compared", theme)
                else:
                    _show_beside(found)

        ui.timer(0.01, load, once=True)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two runs beside one another."""

    told: Told | None
    """The verdict; None where they can't be compared."""
    why_not: str = ""
    figures: tuple[dict[str, Any], ...] = ()
    """To be drawn where they can't be."""
    rows: tuple[dict[str, Any], ...] = ()
    """Of the table: one an entry, the sum last."""


def compared(first: Path, second: Path) -> Compared:
    """What there is to see of both; takes a moment."""
    with RunReader.open(first) as a, RunReader.open(second) as b:
        try:
            found = compare([a], [b])
        except Incomparable as error:
            figures = [
                figure.update_layout(template=None, height=260, font={"color": SOFT}) for figure in curves([a], [b]).values()
            ]
            drawn = tuple(figure.to_plotly_json() for figure in figures)
            return Compared(None, " ".join((error.message, error.hint)), drawn, tuple(_rows(a, b)))
    told = words.headline(found)
    word, sentence = words.bottleneck(found.bottleneck)
    sentences = (f"{told.sentence}.", f"Bottleneck: {word.lower()}: {sentence}.")
    return Compared(Told(told.kind, f"{told.mark} {told.word}", sentences))


def _show_beside(found: Compared) -> None:
    ui.label(f"They can't be compared. {found.why_not}").classes("lc-notice").props('role="alert"')
    for figure in found.figures:
        with ui.element("div").classes("lc-card"):
            ui.plotly(figure).classes("full-width")
    table = ui.table(columns=_columns(), rows=list(found.rows), pagination={"rowsPerPage": 0})
    table.props("flat dense hide-pagination").classes("full-width lc-table")


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
