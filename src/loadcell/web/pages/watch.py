"""The run under way: figures that change in place once a second, charts, tables."""

from __future__ import annotations

from typing import Any

from nicegui import run as threads
from nicegui import ui

from loadcell import charts
from loadcell.config import duration_text
from loadcell.controller.run import Outcome
from loadcell.report.terminal import milliseconds
from loadcell.store import RunReader
from loadcell.web.api import picture
from loadcell.web.desk import Desk
from loadcell.web.live import Live
from loadcell.web.pages.curves import Curves
from loadcell.web.pages.empty import say_when_empty
from loadcell.web.pages.result import show_downloads, show_report, tell_verdict
from loadcell.web.pages.tables import (
    CHOICES,
    column,
    entry_columns,
    entry_rows,
    exception_rows,
    failure_rows,
    generator_rows,
)

BEAT_S = 1.0
_FIGURES = (("users", "Users"), ("rps", "Requests/s"), ("error_rate", "Failed"), ("p95_ms", "p95"), ("elapsed", "Time"))


class Watch:
    """What one page shows of the desk's run."""

    def __init__(self, desk: Desk, theme: str | None) -> None:
        """`theme`: of the report; None for that of the rest of the screen."""
        self._desk = desk
        self._theme = theme
        self._outcome: Outcome | None = None
        """Of the run whose result is shown."""
        self._live: Live | None = None
        self._curves = Curves()
        self._percentiles = [50.0, 95.0, 99.0]
        self._lines = 0
        self._bands = 0
        """How many stages are drawn."""
        with ui.element("div").classes("lc-figures"):
            self._figures = {name: _figure(label) for name, label in _FIGURES}
        self._notice = ui.label().classes("lc-notice").props('role="status"')
        self._verdict = ui.element("div").classes("full-width")
        with ui.tabs(on_change=lambda change: self._fill(change.value)) as tabs:
            tabs.props("dense no-caps align=left").classes("full-width")
            self._result_tab = ui.tab("Result")
            self._result_tab.visible = False
            for name in ("Charts", "Statistics", "Failures", "Exceptions", "Generators", "Log"):
                ui.tab(name)
        self._tabs = tabs
        with ui.tab_panels(tabs, value="Charts").classes("full-width lc-panels"):
            with ui.tab_panel("Result").classes("lc-bare"):
                self._result = ui.element("div").classes("full-width")
            with ui.tab_panel("Charts"):
                self._plot = ui.plotly({"data": [], "layout": {}}).classes("full-width")
            with ui.tab_panel("Statistics"):
                self._statistics()
            with ui.tab_panel("Failures"):
                self._failures = _table(
                    ("occurrences", "method", "name", "error", "first_s", "last_s"),
                    ("Failures", "Method", "Name", "Message", "First after (s)", "Last after (s)"),
                    "No request has failed.",
                )
            with ui.tab_panel("Exceptions"):
                self._exceptions = _table(
                    ("occurrences", "message", "traceback"),
                    ("Times", "Message", "Traceback"),
                    "No task has raised an exception.",
                )
            with ui.tab_panel("Generators"):
                self._generators = _table(
                    ("name", "users", "cpu", "lag_ms", "memory_mb", "late_starts"),
                    ("Process", "Users", "CPU (% of a core)", "Lag (ms)", "Memory (MB)", "Late starts"),
                    "No process has reported yet.",
                )
            with ui.tab_panel("Log"):
                self._log = ui.log(max_lines=500).classes("lc-log")

    def _statistics(self) -> None:
        with ui.row().classes("full-width items-center lc-gap"):
            search = ui.input(placeholder="filter by name").props("outlined dense clearable").classes("lc-search")
            ui.select(
                {choice: f"p{choice:g}" for choice in CHOICES},
                multiple=True,
                value=self._percentiles,
                label="percentiles",
                on_change=lambda change: self._choose(change.value),
            ).props("outlined dense use-chips")
        self._table = (
            ui.table(columns=entry_columns(self._percentiles), rows=[], row_key="key", pagination={"rowsPerPage": 0})
            .props("flat dense binary-state-sort hide-pagination virtual-scroll :virtual-scroll-item-size=34")
            .props(
                ":virtual-scroll-slice-size=24 :virtual-scroll-slice-ratio-before=0.5 :virtual-scroll-slice-ratio-after=0.5"
            )
            .classes("full-width lc-table lc-entries")
        )
        say_when_empty(self._table, "No request has ended yet, or none has such a name.")
        self._table.bind_filter_from(search, "value")
        self._table.add_slot("body-cell-spark", _SPARK)
        self._table.add_slot("body-cell-name", _NAME)
        self._table.on("row-click", lambda event: self._open(event.args[1]["method"], event.args[1]["name"]))

    def beat(self) -> None:
        """Show what has changed within the last second."""
        desk, live = self._desk, self._desk.live
        if live is not self._live:
            self._live, self._lines = live, 0
            self._log.clear()
            self._curves = Curves(desk.config.objectives, is_open=desk.config.rate is not None)
            self._draw(live)
        if desk.outcome is not self._outcome:
            self._outcome = desk.outcome
            self._show_result()
        self._show_figures()
        self._extend(live)
        self._fill(self._tabs.value)
        new = desk.lines_since(self._lines)
        self._lines += len(new)
        for line in new:
            self._log.push(line)

    def _show_result(self) -> None:
        """The result once there is one; nothing while the next run is under way."""
        self._verdict.clear()
        self._result.clear()
        facts, path = self._desk.live.facts, self._desk.path
        self._result_tab.visible = self._outcome is not None and facts is not None
        if self._outcome is None or facts is None or path is None:
            if self._tabs.value == "Result":
                self._tabs.value = "Charts"
            return
        with self._result:
            with ui.row().classes("items-center lc-gap lc-downloads"):
                show_downloads(facts.id)
            show_report(facts.id, self._theme)
        if self._tabs.value == "Charts":  # who looks at a table goes on looking at it
            self._tabs.value = "Result"
        tell_verdict(path, self._verdict)

    def _fill(self, panel: str | None) -> None:
        """Bring the table that is shown up to date; the others cost nothing meanwhile."""
        live = self._desk.live
        match panel:
            case "Statistics":
                self._table.rows = entry_rows(live, self._percentiles)
            case "Failures":
                self._failures.rows = failure_rows(live)
            case "Exceptions":
                self._exceptions.rows = exception_rows(live)
            case "Generators":
                self._generators.rows = generator_rows(live)

    def _show_figures(self) -> None:
        now = picture(self._desk)
        share = now["error_rate"]
        shown = {
            "users": f"{now['users']:,}",
            "rps": f"{now['rps']:,.1f}" if now["rps"] < 1000 else f"{now['rps']:,.0f}",
            "error_rate": f"{share:.2%}",
            "p95_ms": "–" if now["p95_ms"] is None else f"{milliseconds(now['p95_ms'])} ms",
            "elapsed": _elapsed(now["elapsed_s"], now["left_s"]),
        }
        for name, label in self._figures.items():
            label.text = shown[name]
        self._figures["error_rate"].classes(toggle="", add="lc-bad" if share else "", remove="" if share else "lc-bad")
        capacity = f", capacity {now['capacity']}" if now["capacity"] else ""
        doing = f"{now['phase']}: {now['doing']}{capacity}" if now["doing"] else ""
        self._notice.text = now["problem"] or doing

    def _draw(self, live: Live) -> None:
        self._bands = len(live.stages)
        self._plot.update_figure(self._curves.figure(live, _bands(live)))

    def _extend(self, live: Live) -> None:
        if self._curves.is_outdated(live):
            self._draw(live)
            return
        if (news := self._curves.news(live)) is not None:
            self._plot.run_plot_method("extendTraces", *news)
        if len(live.stages) > self._bands:
            self._bands = len(live.stages)
            self._plot.run_plot_method("relayout", self._curves.bands(_bands(live)))

    def _choose(self, percentiles: list[float]) -> None:
        self._percentiles = sorted(percentiles)
        self._table.columns = entry_columns(self._percentiles)
        self._table.rows = entry_rows(self._desk.live, self._percentiles)

    async def _open(self, method: str, name: str) -> None:
        """The charts of one entry."""
        path = self._desk.path
        if path is None:
            return
        with ui.dialog().props("maximized") as dialog, ui.card().classes("full-width"):
            with ui.row().classes("full-width items-center justify-between"):
                ui.label(f"{method} {name}".strip()).classes("text-h6")
                ui.button("Close", on_click=dialog.close).props("flat no-caps")
            waiting = ui.spinner(size="lg")
            places = [ui.plotly({"data": [], "layout": {}}).classes("full-width") for _ in range(2)]
        dialog.open()
        figures = await threads.io_bound(_entry_figures, path, method, name)
        waiting.delete()
        for place, figure in zip(places, figures or (), strict=False):
            place.update_figure(figure)


def _figure(label: str) -> ui.label:
    with ui.element("div").classes("lc-figure"):
        ui.label(label).classes("lc-figure-name")
        return ui.label("–").classes("lc-figure-value")


def _table(names: tuple[str, ...], labels: tuple[str, ...], empty: str) -> ui.table:
    columns = [
        {**column(name, label, is_text=name in _TEXTS), "classes": "lc-pre" if name in _TEXTS else ""}
        for name, label in zip(names, labels, strict=True)
    ]
    table = ui.table(columns=columns, rows=[], pagination={"rowsPerPage": 0})
    say_when_empty(table, empty)
    return table.props("flat dense wrap-cells hide-pagination").classes("full-width lc-table")


def _bands(live: Live) -> list[tuple[str, float, float]]:
    return [(stage.phase, stage.start_s, stage.end_s) for stage in live.stages]


def _elapsed(elapsed_s: float, left_s: float | None) -> str:
    shown = duration_text(int(elapsed_s)) if elapsed_s >= 1 else "0s"
    return shown if left_s is None or left_s < 1 else f"{shown}, {duration_text(int(left_s))} left"


def _entry_figures(path: Any, method: str, name: str) -> list[dict[str, Any]]:
    with RunReader.open(path) as reader:
        found = [one for one in reader.entries() if (one.method, one.name) == (method, name)]
        if not found:
            return []
        return [charts.entry_times(reader, method, name).to_plotly_json(), charts.distribution(found[0]).to_plotly_json()]


_TEXTS = ("method", "name", "error", "message", "traceback")
# A row opens by a click anywhere on it; the button is for those who have no pointer.
_NAME = """<q-td :props="props"><button class="lc-open" :aria-label="'charts of ' + props.value">
{{ props.value }}</button></q-td>"""
_SPARK = """<q-td :props="props"><svg class="lc-spark" width="90" height="20" aria-hidden="true"><polyline
 :points="props.value" fill="none" stroke="currentColor" stroke-width="1.4"/></svg></q-td>"""
