"""The figures that show a cause: the signal that tells of it over time, and a request's time by load."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING, Any, Literal

from loadcell.charts import BLUE, GREEN, GREY, MAX_POINTS, ORANGE, PURPLE, SKY, VERMILLION, YELLOW, decades, new_figure, text
from loadcell.charts import errors as errors_chart
from loadcell.charts import health as health_chart
from loadcell.diagnosis import names
from loadcell.diagnosis.scaling import cap_at, usl_at
from loadcell.diagnosis.waterfall import PARTS
from loadcell.report import scaling as words
from loadcell.store import RunReader

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLOURS = {
    "before": GREY,
    "thread_wait": PURPLE,
    "pool_wait": VERMILLION,
    "db": BLUE,
    "http_wait": YELLOW,
    "http": ORANGE,
    "rest": GREEN,
}
"""Of a request's parts."""
OVER_THE_RUN = frozenset(("memory_leak", "worker_restarts"))
"""What is judged by more than the seconds of the high load."""
_SHOWN = 0.005
"""A part with less than this share of every bar is left out."""
_LINES = (BLUE, ORANGE, GREEN, PURPLE)
_LIMIT = VERMILLION

Over = Literal["each", "most", "sum", "mean"]
"""How workers, pools, tables … come together: a line for each, the one with the most, added up, or their mean."""


@dataclass(frozen=True, slots=True)
class _Line:
    signal: str
    words: str
    over: Over = "most"
    limit: bool = False
    """Whether it is what the others must not reach."""


@dataclass(frozen=True, slots=True)
class _Chart:
    title: str
    axis: str
    lines: tuple[_Line, ...]
    full: float | None = None
    """A limit that is no reading."""


_LOOP = _Chart("CPU of each event loop", "CPU (% of a core)", (_Line(names.LOOP_CPU, "worker", "each"),), full=100.0)
_DATABASE_TIME = _Chart(
    "A request's time for the database",
    "Time per request (ms)",
    (_Line(names.P_POOL_WAIT, "waiting for a connection", "mean"), _Line(names.P_DB, "executing statements", "mean")),
)
_SERVICES_TIME = _Chart(
    "A request's time for other services",
    "Time per request (ms)",
    (
        _Line(names.P_HTTP, "calls, the wait included", "mean"),
        _Line(names.P_HTTP_WAIT, "waiting for a connection", "mean"),
        _Line(names.P_TIME, "the whole request", "mean"),
    ),
)
CHARTS: dict[str, tuple[_Chart, ...]] = {
    "cpu_bound": (_LOOP,),
    "too_few_workers": (_LOOP,),
    "worker_imbalance": (_LOOP,),
    "cpu_bound_threads": (
        _Chart(
            "CPU of the busiest worker",
            "CPU (% of a core)",
            (_Line(names.WORKER_CPU, "all its threads"), _Line(names.LOOP_CPU, "its event loop")),
        ),
    ),
    "blocked_event_loop": (
        _Chart(
            "The event loop",
            "Share of the time (%)",
            (_Line(names.P_BUSY, "not free"), _Line(names.LOOP_CPU, "computes"), _Line(names.LOOP_WAIT, "waits for a core")),
        ),
        _Chart(
            "The event loop",
            "Share of the samples (%)",
            (
                _Line(names.LOOP_IN_SLEEP, "in a sleep"),
                _Line(names.LOOP_IN_NETWORK, "in a blocking call"),
                _Line(names.LOOP_ON_DISK, "waits for a disk"),
                _Line(names.LOOP_IDLE, "free"),
            ),
        ),
    ),
    "disk_bound": (
        _Chart(
            "Waiting for a disk",
            "Share of the time (%)",
            (_Line(names.P_BUSY, "loop not free"), _Line(names.LOOP_ON_DISK, "loop waits for a disk"),
             _Line(names.PSI_IO, "any task of the machine")),
        ),
    ),
    "cpu_throttled": (
        _Chart("Held back by the CPU quota", "Periods with it used up (%)", (_Line(names.CPU_THROTTLED, "throttled"),)),
    ),
    "too_many_workers": (
        _Chart("Waiting for a core", "Share of the time (%)", (_Line(names.LOOP_WAIT, "worker", "each"),)),
    ),
    "noisy_neighbour": (
        _Chart(
            "The machine and the service",
            "CPU (%)",
            (_Line(names.HOST_CPU, "whole machine"), _Line(names.LOOP_CPU, "event loop"),
             _Line(names.LOOP_WAIT, "event loop waits for a core")),
        ),
    ),
    "too_many_queries": (
        _Chart("Statements", "Statements per request", (_Line(names.P_STATEMENTS, "statements", "mean"),)),
    ),
    "gc_pauses": (
        _Chart("Garbage collections", "Longest pause (ms)", (_Line(names.P_GC_LONGEST, "worker", "each"),)),
    ),
    "thread_pool_exhausted": (
        _Chart(
            "Waiting for a thread",
            "Time per request (ms)",
            (_Line(names.P_THREAD_WAIT, "waiting for a thread", "mean"), _Line(names.P_TIME, "the whole request", "mean")),
        ),
        _Chart("Threads", "Threads", (_Line(names.WORKER_THREADS, "worker", "each"),)),
    ),
    "lock_contention": (
        _Chart(
            "Sessions of the database",
            "Sessions",
            (_Line(names.DB_LOCK_WAITS, "wait for a lock", "sum"), _Line(names.DB_ACTIVE, "active", "sum")),
        ),
    ),
    "slow_queries": (
        _DATABASE_TIME,
        _Chart("The database", "CPU (% of a core)", (_Line(names.DB_CPU, "database", "sum"),)),
    ),
    "db_pool_held": (
        _DATABASE_TIME,
        _Chart(
            "Sessions of the database",
            "Sessions",
            (_Line(names.DB_IN_TRANSACTION, "idle in a transaction", "sum"), _Line(names.DB_ACTIVE, "active", "sum")),
        ),
    ),
    "db_pool_exhausted": (
        _DATABASE_TIME,
        _Chart(
            "Sessions of the database",
            "Sessions",
            (_Line(names.DB_ACTIVE, "active", "sum"), _Line(names.DB_CONNECTIONS, "connected", "sum")),
        ),
    ),
    "client_pool_exhausted": (_SERVICES_TIME,),
    "slow_downstream": (_SERVICES_TIME,),
    "application_lock": (
        _Chart(
            "A request's time in no library that is known",
            "Time per request (ms)",
            (_Line(names.P_REST, "in none that is known", "mean"), _Line(names.P_TIME, "the whole request", "mean")),
        ),
    ),
    "memory_leak": (_Chart("Memory of each worker", "Memory (MB)", (_Line(names.WORKER_MEMORY, "worker", "each"),)),),
    "memory_bound": (
        _Chart(
            "Memory",
            "Memory (MB)",
            (_Line(names.MEMORY_USED, "used"), _Line(names.MEMORY_LIMIT, "limit", limit=True)),
        ),
        _Chart("Memory of the machine", "Memory (MB)", (_Line(names.HOST_MEMORY_AVAILABLE, "available"),)),
    ),
    "network_bound": (
        _Chart(
            "The network",
            "MB/s",
            (_Line(names.NET_OUT, "sent"), _Line(names.NET_IN, "received"), _Line(names.NET_SPEED, "limit", limit=True)),
        ),
    ),
    "accept_queue_overflow": (
        _Chart(
            "Connections that wait for accept()",
            "Connections",
            (_Line(names.ACCEPT_QUEUE, "waiting"), _Line(names.ACCEPT_LIMIT, "limit", limit=True)),
        ),
    ),
    "fd_limit": (
        _Chart(
            "Open descriptors",
            "Descriptors",
            (_Line(names.WORKER_FDS, "open, worst worker"), _Line(names.WORKER_FDS_LIMIT, "limit", limit=True)),
        ),
    ),
    "worker_restarts": (_Chart("Workers", "Workers", (_Line(names.WORKERS, "workers", "sum"),)),),
}  # fmt: skip
"""By code; of several, the first that there are readings for."""
_MOST_EACH = 4
_CURVE_POINTS = 120
Curve = Callable[[Sequence[float], float], float]
_TOGETHER: dict[Over, Callable[[list[float]], float]] = {"most": max, "sum": sum, "mean": fmean}


def cause(reader: RunReader, code: str, high_s: Sequence[int] | None) -> Figure | None:
    """The one figure that shows a finding, the seconds by which it was judged shaded; None where nothing was read of it."""
    if code == "errors":
        return _judged_by(errors_chart(reader), high_s) if reader.errors() else None
    if code == "generator_saturated":
        return _judged_by(health_chart(reader), high_s)
    for chart in CHARTS.get(code, ()):
        figure = _drawn(reader, chart)
        if figure is not None:
            return figure if code in OVER_THE_RUN else _judged_by(figure, high_s)
    return None


def waterfall(found: Mapping[str, Any]) -> Figure:
    """`waterfall` of the document: a bar for each load, a request's time in it by part."""
    figure = new_figure("A request's time by load", "Time per request (ms)")
    steps = found["steps"]
    for part in PARTS:
        values = [step["parts"][part.name] for step in steps]
        if any(value > _SHOWN * step["total_ms"] for value, step in zip(values, steps, strict=True)):
            figure.add_bar(
                x=[text(step["load"], 30) for step in steps],
                y=[round(value, 3) for value in values],
                name=part.short,
                marker={"color": COLOURS[part.name], "line": {"width": 0}},
                hovertemplate="%{y:,.2f} ms",
            )
    figure.update_layout(
        barmode="stack",
        bargap=0.35,
        showlegend=True,
        legend={"traceorder": "normal"},
        xaxis={"title": {"text": "Load"}, "type": "category"},
    )
    return figure


def scaling(found: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> Figure:
    """`scaling` of the document: what was measured, and the curve that describes it, no further than that reaches."""
    figure = new_figure("Throughput by requests in the service", "Successes per second")
    points = found["points"]
    figure.add_scatter(
        x=[round(point["n"], 3) for point in points],
        y=[round(point["x"], 3) for point in points],
        name="measured",
        mode="markers",
        marker={"color": BLUE, "size": 9},
        hovertemplate="%{y:,.1f}/s with %{x:,.1f} at a time",
    )
    curve = _curve(found)
    name = "line with a cap" if found["better"] == "cap" else "universal scalability law"
    x, y = [round(n, 3) for n, _ in curve], [round(rps, 3) for _, rps in curve]
    figure.add_scatter(x=x, y=y, name=name, mode="lines", line={"color": ORANGE, "width": 2})
    place = found["cap"]["knee"]["value"] if found["better"] == "cap" and found["cap"]["knee_known"] else None
    if found["better"] == "usl":
        place = found["usl"]["peak_n"]
    if place is not None:
        label = words.place(found, findings)
        figure.add_vline(x=place, line={"color": VERMILLION, "width": 1.5, "dash": "dash"})
        # On a logarithmic axis an annotation wants the logarithm, a line does not.
        figure.add_annotation(x=math.log10(place), y=0.06, yref="paper", text=text(label, 40), showarrow=False,
                              xanchor="left", xshift=5, yanchor="bottom",
                              font={"color": VERMILLION, "size": 11})  # fmt: skip
    figure.update_layout(
        showlegend=True,
        hovermode="closest",
        xaxis={"title": {"text": "Requests in the service at a time"}, "type": "log", **decades(), "showgrid": True},
    )
    return figure


def add_curve(figure: Figure, found: Mapping[str, Any], *, is_open: bool) -> None:
    """The same curve over the loads of an assessment: users, each of whom pauses between requests; or its cap."""
    if is_open:
        if found["better"] == "cap" and found["cap"]["knee_known"]:
            figure.add_hline(y=found["cap"]["ceiling"]["value"], line={"color": ORANGE, "width": 1.5, "dash": "dash"})
        return
    pause_s = median(max(0.0, (point["load"] - point["n"]) / point["x"]) for point in found["points"])
    most = max(point["load"] for point in found["points"])
    curve = [(n + rps * pause_s, rps) for n, rps in _curve(found)]
    x = [round(load, 3) for load, _ in curve if load <= most]
    y = [round(rps, 3) for load, rps in curve if load <= most]
    figure.add_scatter(x=x, y=y, name="curve", mode="lines", line={"color": ORANGE, "width": 2, "dash": "dash"})


def _curve(found: Mapping[str, Any]) -> list[tuple[float, float]]:
    curve: Curve = usl_at if found["better"] == "usl" else cap_at
    model = found[found["better"]]
    names_of = ("rate", "contention", "coherency") if found["better"] == "usl" else ("rate", "ceiling")
    parameters = [model[name]["value"] for name in names_of]
    if found["better"] == "cap":
        parameters.append(model["sharpness"])
    last = max(point["n"] for point in found["points"])
    first = min(point["n"] for point in found["points"])
    # No further than was measured.
    steps = [first * (last / first) ** (number / _CURVE_POINTS) for number in range(_CURVE_POINTS + 1)]
    return [(n, curve(parameters, n)) for n in steps]


def _drawn(reader: RunReader, chart: _Chart) -> Figure | None:
    figure = new_figure(chart.title, chart.axis, reader.duration_s)
    colours = iter(_LINES * 2)
    for line in chart.lines:
        for name, points in _series(reader, line):
            style = {"color": _LIMIT, "width": 1.5, "dash": "dash"} if line.limit else {"color": next(colours), "width": 2}
            points = points[:: -(-len(points) // MAX_POINTS)]
            x, y = [at for at, _ in points], [round(value, 3) for _, value in points]
            figure.add_scatter(x=x, y=y, name=text(name, 40), line=style)
    if not any(trace.line.dash is None for trace in figure.data):
        return None
    if chart.full is not None:
        figure.add_hline(y=chart.full, line={"color": _LIMIT, "width": 1.5, "dash": "dash"})
    figure.update_layout(showlegend=True)
    return figure


def _series(reader: RunReader, line: _Line) -> list[tuple[str, list[tuple[float, float]]]]:
    """Lines as (name, points); a reading at the end of a second tells of that second."""
    each: dict[str, dict[int, float]] = {}
    for reading in reader.readings(line.signal, since_s=0.5):
        each.setdefault(reading.of, {})[round(reading.at_s) - 1] = reading.value
    if line.over == "each":
        most = sorted(each, key=lambda of: -max(each[of].values()))[:_MOST_EACH]
        return [(f"{line.words} {of}".strip(), sorted(each[of].items())) for of in most]
    seconds: dict[int, list[float]] = {}
    for values in each.values():
        for second, value in values.items():
            seconds.setdefault(second, []).append(value)
    if not seconds:
        return []
    combined = _TOGETHER[line.over]
    return [(line.words, [(second, combined(found)) for second, found in sorted(seconds.items())])]


def _judged_by(figure: Figure, high_s: Sequence[int] | None) -> Figure:
    if high_s is not None:
        figure.add_vrect(x0=high_s[0], x1=high_s[1], fillcolor=SKY, opacity=0.14, line_width=0, layer="below")
    return figure
