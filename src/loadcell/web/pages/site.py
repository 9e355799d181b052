"""The pages, and what they have in common: header, navigation, light and dark."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from nicegui import app as pages
from nicegui import ui

from loadcell.text import masked
from loadcell.web.desk import Desk
from loadcell.web.pages.comparison import show_two
from loadcell.web.pages.form import Form
from loadcell.web.pages.history import History, show_run
from loadcell.web.pages.paths import show_paths
from loadcell.web.pages.result import RETHEME, SCRIPT
from loadcell.web.pages.watch import BEAT_S, Watch

_STYLE = Path(__file__).with_name("style.css")
_COOKIE = "loadcell-dark"
_NOWHERE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not here – Loadcell</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>:root { color-scheme: light dark;
font: 16px/1.5 system-ui, sans-serif; } body { max-width: 36em; margin: 18vh auto; padding: 0 20px; }</style></head>
<body><h1>There is no such page</h1>
<p><a href="/">The run</a> · <a href="/runs">all runs</a> · <a href="/api">what scripts may ask for</a></p></body></html>"""
_HIDDEN_FIGURES = """<script>
// A figure in a panel that is not shown can't be fitted to its place; it is fitted when it is shown.
addEventListener("unhandledrejection", event => {
  if (String(event.reason).includes("Resize must be passed a displayed plot")) event.preventDefault();
});
</script>"""


def add_pages(app: FastAPI, desk: Desk, *, with_logout: bool) -> None:
    """Add the pages of a desk to an application."""

    @ui.page("/", title="Loadcell")
    def run_page() -> None:
        frame = Frame(desk, with_logout)
        shown = _RunPage(desk, frame)
        ui.timer(BEAT_S, shown.beat)

    @ui.page("/runs", title="Runs – Loadcell")
    def history_page() -> None:
        frame = Frame(desk, with_logout)
        History(desk)
        ui.timer(BEAT_S, frame.beat)

    @ui.page("/compare/{first}/{second}", title="Two runs – Loadcell")
    def two_runs_page(first: str, second: str) -> None:
        frame = Frame(desk, with_logout)
        show_two(desk, first, second, frame.theme)
        ui.timer(BEAT_S, frame.beat)

    @ui.page("/runs/{run_id}", title="Run – Loadcell")
    def one_run_page(run_id: str) -> None:
        frame = Frame(desk, with_logout)
        show_run(desk, run_id, frame.theme)
        ui.timer(BEAT_S, frame.beat)

    @ui.page("/api", title="API – Loadcell")
    def api_page() -> None:
        frame = Frame(desk, with_logout)
        show_paths(app.openapi())
        ui.timer(BEAT_S, frame.beat)

    @pages.exception_handler(404)
    async def nowhere(request: Request, error: Exception) -> HTMLResponse:
        return HTMLResponse(_NOWHERE, 404)

    ui.run_with(app, title="Loadcell", dark=None, show_welcome_message=False, tailwind=False, binding_refresh_interval=None)


class Frame:
    """The header of one page."""

    def __init__(self, desk: Desk, with_logout: bool) -> None:
        self._desk = desk
        ui.add_css(_STYLE)
        ui.add_head_html(_HIDDEN_FIGURES + SCRIPT)
        ui.colors(primary="#0072B2", positive="#00795a", negative="#b84700", warning="#9a6700")
        self._dark = ui.dark_mode(_chosen())
        with ui.header(elevated=False).classes("lc-header"):
            ui.link("Loadcell", "/").classes("lc-brand")
            self._state = ui.label(desk.state).classes("lc-state").props('role="status"')
            self._host = ui.label().classes("lc-host")
            ui.space()
            ui.link("Run", "/").classes("lc-nav")
            ui.link("Runs", "/runs").classes("lc-nav")
            ui.link("API", "/api").classes("lc-nav")
            ui.button(icon="contrast", on_click=self.turn).props('flat round dense aria-label="light or dark"')
            if with_logout:
                with ui.element("form").props("method=post action=/logout"):
                    ui.button("Log out").props("flat dense no-caps type=submit")
        self.beat()

    def beat(self) -> None:
        """Show what has changed."""
        state = self._desk.state
        self._state.text = state
        self._state.classes(replace=f"lc-state lc-{state}")
        facts = self._desk.live.facts
        self._host.text = masked((facts.host if facts and facts.host else self._desk.config.host) or "")

    @property
    def theme(self) -> str | None:
        """The colours that were chosen; None for those of the rest of the screen."""
        return None if self._dark.value is None else "dark" if self._dark.value else "light"

    async def turn(self) -> None:
        """The other colours, to be kept by this browser."""
        is_dark = self._dark.value
        if is_dark is None:
            is_dark = bool(await ui.run_javascript("matchMedia('(prefers-color-scheme: dark)').matches"))
        self._dark.value = not is_dark
        ui.run_javascript(
            f"document.cookie = '{_COOKIE}={int(not is_dark)}; path=/; max-age=31536000; samesite=strict';"
            f"{RETHEME}({self.theme!r})"
        )


def _chosen() -> bool | None:
    """Whether dark was chosen before, in this browser; None where nothing was."""
    request = ui.context.client.request
    return {"0": False, "1": True}.get(request.cookies.get(_COOKIE, "")) if request is not None else None


class _RunPage:
    """The form, or the run under way with its buttons; the last run stays to be seen until a new one is wanted."""

    def __init__(self, desk: Desk, frame: Frame) -> None:
        self._desk = desk
        self._frame = frame
        self._place = ui.column().classes("lc-main")
        self._watch: Watch | None = None
        self._wants_form = desk.state == "ready"
        self._build()

    def beat(self) -> None:
        """Show what has changed."""
        self._frame.beat()
        if self._desk.is_running and self._wants_form:
            self._turn(wants_form=False)
        if self._watch is not None:
            is_running = self._desk.is_running
            self._stop.visible = self._edit.visible = is_running
            self._new.visible = not is_running
            self._watch.beat()

    def _turn(self, *, wants_form: bool) -> None:
        self._wants_form = wants_form
        self._place.clear()
        self._build()

    def _build(self) -> None:
        self._watch = None
        with self._place:
            if self._wants_form:
                ui.label("Start a run").classes("lc-title")
                Form(self._desk, lambda: self._turn(wants_form=False))
                return
            with ui.row().classes("full-width items-center lc-gap"):
                self._stop = ui.button("Stop", on_click=self._desk.stop).props("unelevated no-caps color=negative")
                self._edit = ui.button("Change the load", on_click=self._ask).props("outline no-caps")
                self._new = ui.button("New run", on_click=lambda: self._turn(wants_form=True)).props("unelevated no-caps")
                ui.button("Reset figures", on_click=lambda: self._desk.live.reset()).props("flat no-caps")
            self._watch = Watch(self._desk, self._frame.theme)
        self.beat()

    def _ask(self) -> None:
        """How much load there should be now."""
        is_open = self._desk.config.rate is not None
        with ui.dialog() as dialog, ui.card():
            ui.label("Change the load").classes("lc-title")
            level = ui.number("Iterations per second" if is_open else "Users", value=self._level(), min=0)
            pace = ui.number("How many a second", value=self._desk.config.spawn_rate, min=0.1)

            def change() -> None:
                if level.value is None or not pace.value:
                    return
                self._desk.change(float(level.value), float(pace.value))
                dialog.close()

            with ui.row():
                ui.button("Change", on_click=change).props("unelevated no-caps")
                ui.button("Cancel", on_click=dialog.close).props("flat no-caps")
        dialog.open()

    def _level(self) -> float:
        progress = self._desk.live.progress
        if progress is None:
            return float(self._desk.config.users)
        return progress.rate if progress.rate is not None else float(progress.target_users)
