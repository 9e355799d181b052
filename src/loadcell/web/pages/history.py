"""The runs on this machine: searchable, one of them whole, two of them side by side."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nicegui import run as threads
from nicegui import ui

from loadcell.config import duration_text
from loadcell.store import StoredRun, list_runs
from loadcell.web.desk import Desk
from loadcell.web.pages.empty import say_when_empty
from loadcell.web.pages.result import show_downloads, show_report, tell_verdict
from loadcell.web.pages.tables import column

_VERDICTS = {"pass": "✓ passed", "fail": "✗ failed", "invalid": "? invalid", "none": ""}


class History:
    """The list on one page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        with ui.column().classes("lc-main"):
            with ui.row().classes("full-width items-center lc-gap"):
                ui.label("Runs").classes("lc-title")
                search = ui.input(placeholder="search").props("outlined dense clearable").classes("lc-search")
                self._beside = ui.button("Compare the two", on_click=self._compare).props("unelevated no-caps")
                self._beside.visible = False
            self._table = (
                ui.table(
                    columns=[_column(name, label) for name, label in _COLUMNS],
                    rows=[],
                    row_key="id",
                    selection="multiple",
                    pagination={"rowsPerPage": 20, "sortBy": "started", "descending": True},
                    on_select=lambda _: self._selected(),
                )
                .props("flat dense")
                .classes("full-width lc-table")
            )
            say_when_empty(self._table, "There is no run here yet, or none that is called so.")
            self._table.bind_filter_from(search, "value")
            self._table.add_slot("body-cell-id", _LINK)
            self._table.on("row-click", lambda event: ui.navigate.to(f"/runs/{event.args[1]['id']}"))
        ui.timer(0.01, self._load, once=True)

    async def _load(self) -> None:
        runs = await threads.io_bound(list_runs, self._desk.config.runs_dir)
        self._table.rows = [_row(found) for found in runs or []]

    def _selected(self) -> None:
        self._beside.visible = len(self._table.selected) == 2

    def _compare(self) -> None:
        first, second = sorted((row["id"] for row in self._table.selected), key=str)
        ui.navigate.to(f"/compare/{first}/{second}")


def show_run(desk: Desk, run_id: str, theme: str | None) -> None:
    """One run: its report, and everything that can be taken home."""
    path = next((found.path for found in list_runs(desk.config.runs_dir) if found.id == run_id), None)
    with ui.column().classes("lc-main"):
        if path is None:
            ui.label(f"There is no run {run_id} here.").classes("lc-title")
            ui.link("All runs", "/runs")
            return
        with ui.row().classes("full-width items-center lc-gap"):
            ui.label(run_id).classes("lc-title")
            show_downloads(run_id)
        tell_verdict(path, ui.element("div").classes("full-width"))
        show_report(run_id, theme)


# A row opens by a click anywhere on it; the link is for those who have no pointer, and for new tabs.
_LINK = """<q-td :props="props"><a :href="'/runs/' + props.value" @click.stop>{{ props.value }}</a></q-td>"""
_COLUMNS = (
    ("started", "Started"),
    ("id", "Run"),
    ("host", "Host"),
    ("plan", "Load"),
    ("duration", "Time"),
    ("requests", "Requests"),
    ("rps", "req/s"),
    ("failed", "Failed"),
    ("verdict", "Verdict"),
)


def _column(name: str, label: str) -> dict[str, Any]:
    numbers = ("duration", "requests", "rps", "failed")
    return column(name, label, is_text=name not in numbers)


def _row(found: StoredRun) -> dict[str, Any]:
    share = found.failures / found.requests if found.requests else 0.0
    return {
        "id": found.id,
        "started": f"{datetime.fromtimestamp(found.started).astimezone():%Y-%m-%d %H:%M:%S}",
        "host": (found.facts.host if found.facts else None) or "",
        "plan": found.problem or (found.facts.plan if found.facts else ""),
        "duration": duration_text(found.duration_s),
        "requests": found.requests,
        "rps": round(found.requests / found.duration_s, 1) if found.duration_s else 0,
        "failed": f"{share:.2%}",
        "verdict": _VERDICTS.get(found.verdict, found.verdict) if found.state != "running" else "under way",
    }
