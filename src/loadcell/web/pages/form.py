"""The form a run is started with: every mistake at its field, and the planned load drawn while one types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement

from loadcell.charts import GREEN
from loadcell.config import OPTIONS, Raw, RunConfig
from loadcell.controller.loads import arrivals_of, plan_of
from loadcell.errors import ConfigError, LoadcellError
from loadcell.web.api import mistakes_of
from loadcell.web.desk import ASSESS, EFFORTS, Desk
from loadcell.web.pages.curves import SOFT

_TOLD = {option.name: option.told for option in OPTIONS.values()}
"""How mistakes call the options."""
_DRAWN = 200
"""How many points the planned load is drawn with."""
_UNENDING_S = 60.0
_SETTLES_S = 0.4
"""How long nobody types before the form is looked through."""


class Form:
    """The fields of one page."""

    def __init__(self, desk: Desk, started: Callable[[], None]) -> None:
        self._desk = desk
        self._started = started
        self._fields: dict[str, Any] = {}
        self._own: dict[str, Any] = {}
        base = desk.scenario.base
        with ui.element("form").classes("lc-form").on("submit.prevent", self.start):
            with ui.element("div").classes("lc-fields"):
                self._text("host", "Host", base.host or "", "http://127.0.0.1:8000")
                self._text("users", "Users at the peak", str(base.users) if base.rate is None else "")
                self._text("spawn-rate", "Users started per second", f"{base.spawn_rate:g}")
                self._text("run-time", "Run time", _duration(base.run_time_s), "until stopped; 5m, 1h30m")
                self._text("rate", "or iterations per second", "" if base.rate is None else f"{base.rate:g}", "open model")
                self._choice("plan", "Plan", base.plan or "")
                self._many("user-classes", "User classes", desk.scenario.user_classes, list(base.user_classes))
            with ui.expansion("Objectives", value=bool(base.objectives)).classes("full-width"):
                texts = "\n".join(objective.text for objective in base.objectives)
                self._fields["objectives"] = (
                    ui.textarea(
                        "One a line", value=texts, placeholder="p95 < 300ms\nerror_rate < 1%", on_change=self._changed
                    )
                    .props("outlined dense autogrow")
                    .classes("full-width")
                )
            if desk.scenario.own_options:
                with (
                    ui.expansion("The scenario's own options").classes("full-width"),
                    ui.element("div").classes("lc-fields"),
                ):
                    for option in desk.scenario.own_options:
                        field = ui.input(f"--{option.name}", password=option.secret).props("outlined dense")
                        if option.help:
                            field.tooltip(option.help)
                        self._own[option.name] = field
            self._other = ui.label().classes("lc-mistake").props('role="alert"')
            self._plot = ui.plotly(planned(base)).classes("full-width lc-plan")
            ui.button("Start", on_click=self.start).props("unelevated no-caps size=md").classes("lc-start")
        self._timer = ui.timer(_SETTLES_S, self.look_through, once=True)

    async def start(self) -> None:
        """Start the run, or show what keeps it from being started."""
        try:
            await self._desk.start(*self._given())
        except LoadcellError as error:
            self._show(error)
            return
        self._started()

    def look_through(self) -> None:
        """Show every mistake at its field, and the load that is planned."""
        try:
            config = self._desk.scenario.settle(*self._given())
        except ConfigError as error:
            self._show(error)
            return
        self._show(None)
        self._plot.update_figure(planned(config))

    def _changed(self) -> None:
        self._timer.cancel()
        self._timer = ui.timer(_SETTLES_S, self.look_through, once=True)

    def _given(self) -> tuple[dict[str, Raw], list[str]]:
        options: dict[str, Raw] = {}
        for name, field in self._fields.items():
            value = field.value
            if name == "objectives":
                value = [line.strip() for line in (value or "").splitlines() if line.strip()]
            if isinstance(value, str):
                value = value.strip()
            options[name] = value or ""  # empty: taken back, whatever the command line gave
        plan = str(options["plan"])
        if plan.startswith(f"{ASSESS} "):
            options |= {"plan": "", ASSESS: plan.split()[1]}
            base = self._desk.scenario.base
            if "users" not in base.given and options["users"] == str(base.users):
                options["users"] = ""  # nobody has said how many to try at most
        words = [word for name, field in self._own.items() if field.value for word in (f"--{name}", field.value)]
        return options, words

    def _show(self, error: LoadcellError | None) -> None:
        mistakes = [] if error is None else mistakes_of(error)
        rest = list(mistakes)
        for name, field in self._fields.items():
            mine = [text for text in mistakes if text.startswith((_TOLD[name], f"--{name}"))]
            rest = [text for text in rest if text not in mine]
            if isinstance(field, ValidationElement):
                field.error = " ".join(mine) or None
        self._other.text = " ".join(rest)

    def _text(self, name: str, label: str, value: str, hint: str = "") -> None:
        field = ui.input(label, value=value, placeholder=hint, on_change=self._changed).props("outlined dense")
        self._fields[name] = field

    def _choice(self, name: str, label: str, value: str) -> None:
        shown = {"": "none: users as above"} | {plan: plan for plan in _plans()}
        shown |= {f"{ASSESS} {effort}": text for effort, text in EFFORTS.items()}
        self._fields[name] = ui.select(shown, label=label, value=value, on_change=self._changed).props("outlined dense")

    def _many(self, name: str, label: str, choices: list[str], value: list[str]) -> None:
        field = ui.select(choices, label=label, value=value, multiple=True, on_change=self._changed)
        self._fields[name] = field.props('outlined dense use-chips stack-label placeholder="all"')


def planned(config: RunConfig) -> dict[str, Any]:
    """The load that a configuration plans, as a figure; an assessment plans none, and says so."""
    arrivals, plan = arrivals_of(config), plan_of(config)
    whole = arrivals.duration_s if arrivals is not None else plan.duration_s
    end = whole if whole is not None else _UNENDING_S
    times = [end * number / _DRAWN for number in range(_DRAWN + 1)]
    levels = [arrivals.level(t) if arrivals is not None else plan.target(t) for t in times]
    if config.effort:
        times, levels = [], []
    title = "Iterations per second" if arrivals is not None else "Users"
    note = "" if whole is not None else ", until stopped"
    most = f"{config.users:,} users" if config.rate is None else f"{config.rate:g} iterations/s"
    told = f"An assessment decides on the load as it goes: up to {most}, until the service breaks."
    says = {"text": told, "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
    grid = "rgba(128,128,128,0.25)"
    return {
        "data": [
            {
                "x": [round(t, 2) for t in times], "y": levels, "type": "scatter", "mode": "lines", "fill": "tozeroy",
                "line": {"color": GREEN, "width": 2}, "fillcolor": "rgba(0,158,115,0.12)", "hovertemplate": "%{y} at %{x} s",
                "name": title,
            }
        ],
        "layout": {
            "annotations": [says] if config.effort else [],
            "height": 200, "margin": {"l": 56, "r": 16, "t": 8, "b": 40}, "showlegend": False,
            "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "font": {"color": SOFT, "size": 12},
            "xaxis": {"title": {"text": f"Time since start (s){note}"}, "gridcolor": grid, "rangemode": "tozero"},
            "yaxis": {"title": {"text": title}, "gridcolor": grid, "rangemode": "tozero", "automargin": True},
        },
        "config": {"displayModeBar": False},
    }  # fmt: skip


def _plans() -> list[str]:
    from loadcell.plan.named import ABOUT

    return list(ABOUT)


def _duration(seconds: float | None) -> str:
    from loadcell.config import duration_text

    return "" if seconds is None else duration_text(seconds)
