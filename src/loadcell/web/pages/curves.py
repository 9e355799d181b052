"""The run over time as one figure: several charts, one time axis, one cursor; pure.

A page gets the whole figure once and then only what is new. It is sent anew when there is something to be drawn that was
not known before, and when it holds too many points to be drawn in time: then neighbours are put together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from loadcell.charts import GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, YELLOW
from loadcell.objectives import Objective
from loadcell.web.live import SIGNALS, Live, Point

MOST_POINTS = 1200
BLUE = "#2b8cc9"
"""Between the two blues of Okabe and Ito: to be seen on light and on dark."""
SOFT = "#808890"
"""Of words in figures: to be read on light and on dark."""

_HEADING = 34
"""Pixels above each chart, for its name and its legend."""
_BELOW = 44
_GRID = "rgba(128,128,128,0.25)"

Band = tuple[str, float, float]
"""A stage: name, start and end in s."""


class _Row(NamedTuple):
    title: str
    height: int
    """Pixels."""


class _Curve(NamedTuple):
    name: str
    row: str
    colour: str
    figure: str
    """An attribute of a point, or a signal."""


_ROWS = {
    "throughput": _Row("Requests per second", 170),
    "times": _Row("Response time (ms)", 200),
    "users": _Row("Users", 110),
    "starts": _Row("Iterations per second that did not start in time", 90),
    "cpu": _Row("CPU (%)", 140),
    "waits": _Row("Waiting inside the service (ms)", 140),
    "queues": _Row("Requests and connections", 120),
    "memory": _Row("Memory of the service (MB)", 100),
}
_CURVES = (
    _Curve("requests/s", "throughput", BLUE, "rps"),
    _Curve("failures/s", "throughput", VERMILLION, "failures_per_s"),
    _Curve("p50", "times", SKY, "p50"),
    _Curve("p95", "times", ORANGE, "p95"),
    _Curve("p99", "times", PURPLE, "p99"),
    _Curve("users", "users", GREEN, "users"),
    _Curve("dropped", "starts", VERMILLION, "dropped"),
    _Curve("late", "starts", ORANGE, "late"),
    _Curve("service", "cpu", BLUE, "cpu"),
    _Curve("busiest event loop", "cpu", SKY, "loop_cpu"),
    _Curve("whole machine", "cpu", GREY, "host_cpu"),
    _Curve("event-loop lag, p99", "waits", SKY, "loop_lag"),
    _Curve("for a database connection", "waits", VERMILLION, "db_pool_wait"),
    _Curve("for a thread", "waits", PURPLE, "thread_wait"),
    _Curve("for other services", "waits", YELLOW, "http_wait"),
    _Curve("requests under way", "queues", BLUE, "in_flight"),
    _Curve("not yet accepted", "queues", VERMILLION, "accept_queue"),
    _Curve("database connections", "queues", GREEN, "db_connections"),
    _Curve("of them active", "queues", ORANGE, "db_active"),
    _Curve("memory", "memory", ORANGE, "memory"),
)
_OF_THE_OPEN_MODEL = ("dropped", "late")


class Curves:
    """What one page has been sent of a run."""

    def __init__(self, objectives: Sequence[Objective] = (), *, is_open: bool = False) -> None:
        """Objectives for all entries together are drawn as lines; iterations that did not start, in the open model."""
        self._objectives = [(row, one) for one in objectives if (row := _row_of(one)) is not None]
        self._is_open = is_open
        self._step_s = 1
        self._sent_to = self._felt_to = 0
        """The first second whose figures, and whose signals, were not sent: signals come a few seconds later."""
        self._count = 0
        self._felt: frozenset[str] = frozenset()
        """The signals that are drawn."""
        self._drawn = self._known()

    def figure(self, live: Live, bands: Sequence[Band] = ()) -> dict[str, Any]:
        """Everything so far."""
        while len(live.points) // self._step_s > MOST_POINTS:
            self._step_s *= 2
        self._sent_to = self._felt_to = self._count = 0
        self._felt = frozenset(live.felt_signals)
        self._drawn = self._known()
        rows = list(dict.fromkeys(curve.row for curve in self._drawn))
        x, y = self._new(live)
        data = [
            {
                "x": x[number],
                "y": y[number],
                "name": curve.name,
                "type": "scatter",
                "mode": "lines",
                "xaxis": "x",
                "yaxis": _numbered("y", rows.index(curve.row)),
                "legend": _numbered("legend", rows.index(curve.row)),
                "showlegend": sum(other.row == curve.row for other in self._drawn) > 1,
                "line": {"color": curve.colour, "width": 1.6, **({"shape": "hv"} if curve.row == "users" else {})},
                "hovertemplate": "%{y:,.4~g}",
                "connectgaps": False,
            }
            for number, curve in enumerate(self._drawn)
        ]
        return {"data": data, "layout": self._layout(rows, bands), "config": {"displaylogo": False, "responsive": True}}

    def news(self, live: Live) -> tuple[dict[str, Any], list[int]] | None:
        """What extends the figure that was sent: arguments of Plotly.extendTraces. None where nothing is new."""
        x, y = self._new(live)
        numbers = [number for number, times in enumerate(x) if times]
        return (
            ({"x": [x[number] for number in numbers], "y": [y[number] for number in numbers]}, numbers) if numbers else None
        )

    def bands(self, stages: Sequence[Band]) -> dict[str, Any]:
        """What of the layout changes with the stages, for Plotly.relayout."""
        layout = self._layout(list(dict.fromkeys(curve.row for curve in self._drawn)), stages)
        return {name: layout[name] for name in ("shapes", "annotations")}

    def is_outdated(self, live: Live) -> bool:
        """Whether the figure should be sent anew: for too many points, or for something that was not known before."""
        return self._count > 1.5 * MOST_POINTS or not self._felt.issuperset(live.felt_signals)

    def _known(self) -> list[_Curve]:
        """The curves that there is something to draw of."""
        return [
            curve
            for curve in _CURVES
            if (curve.figure in self._felt if curve.figure in SIGNALS else self._is_open or curve.row != "starts")
        ]

    def _new(self, live: Live) -> tuple[list[list[int]], list[list[float | None]]]:
        fresh = live.since(self._sent_to)
        felt = live.since(self._felt_to)
        while felt and not felt[-1].signals:
            felt.pop()
        fresh, felt = self._joined(fresh), self._joined(felt)
        if fresh:
            self._sent_to = fresh[-1].second + self._step_s
            self._count += len(fresh)
        if felt:
            self._felt_to = felt[-1].second + self._step_s
        of = [felt if curve.figure in SIGNALS else fresh for curve in self._drawn]
        return [[point.second for point in points] for points in of], [
            [_value(read(point)) for point in points]
            for points, read in zip(of, (_reader(curve.figure) for curve in self._drawn), strict=True)
        ]

    def _joined(self, points: list[Point]) -> list[Point]:
        """With neighbours put together; what does not fill a step yet is left for the next time."""
        if self._step_s == 1:
            return points
        whole = range(0, len(points) - self._step_s + 1, self._step_s)
        return [_one_of(points[at : at + self._step_s]) for at in whole]

    def _layout(self, rows: Sequence[str], bands: Sequence[Band]) -> dict[str, Any]:
        height = sum(_ROWS[row].height + _HEADING for row in rows)
        axes: dict[str, Any] = {}
        headings = []
        top = float(height)
        for number, row in enumerate(rows):
            top -= _HEADING
            bottom = top - _ROWS[row].height
            axes[_numbered("yaxis", number)] = {
                "domain": [max(0.0, bottom / height), top / height],
                "gridcolor": _GRID, "zeroline": False, "rangemode": "tozero", "anchor": "x", "nticks": 5, "tickformat": "~s"
                if row == "throughput" else "",
            }  # fmt: skip
            axes[_numbered("legend", number)] = {
                "orientation": "h", "x": 1, "xanchor": "right", "y": top / height, "yanchor": "bottom",
                "bgcolor": "rgba(0,0,0,0)", "font": {"size": 12},
            }  # fmt: skip
            headings.append(
                {
                    "x": 0, "xref": "paper", "xanchor": "left", "y": top / height, "yref": "paper", "yanchor": "bottom",
                    "yshift": 5, "text": f"<b>{_ROWS[row].title}</b>", "showarrow": False, "font": {"size": 13},
                }
            )  # fmt: skip
            top = bottom
        return {
            "height": height + _BELOW,
            "margin": {"l": 56, "r": 12, "t": 0, "b": _BELOW},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"color": SOFT, "size": 12},
            "hovermode": "x unified",
            "hoversubplots": "axis",
            "showlegend": True,
            "uirevision": "kept",  # a zoom of the viewer's stays
            "xaxis": {
                "title": {"text": "Time since start (s)"},
                "anchor": _numbered("y", len(rows) - 1),
                "gridcolor": _GRID,
                "zeroline": False,
                "rangemode": "tozero",
                "showspikes": True,
                "spikemode": "across",
                "spikethickness": 1,
                "spikedash": "dot",
            },
            "shapes": [*_bands(bands), *self._limits(rows)],
            "annotations": [*headings, *_names(bands)],
            **axes,
        }

    def _limits(self, rows: Sequence[str]) -> list[dict[str, Any]]:
        line = {"color": VERMILLION, "width": 1.5, "dash": "dash"}
        label = {"textposition": "start", "yanchor": "top", "font": {"size": 10, "color": VERMILLION}}
        return [
            {
                "type": "line", "xref": "paper", "yref": _numbered("y", rows.index(row)), "line": line,
                "x0": 0, "x1": 1, "y0": one.limit, "y1": one.limit,
                "label": {"text": one.text, **label},
            }
            for row, one in self._objectives
            if row in rows
        ]  # fmt: skip


def _row_of(objective: Objective) -> str | None:
    """The chart that shows what an objective is about."""
    if objective.entry is not None:
        return None
    if objective.percent is not None or objective.metric in ("avg", "max"):
        return "times"
    if objective.metric in ("rps", "ok_rps"):
        return "throughput"
    return next((curve.row for curve in _CURVES if f"server.{curve.figure}" == objective.metric), None)


def _numbered(name: str, number: int) -> str:
    """The name of an axis or a legend, as plotly counts them: y, y2, y3 …"""
    return f"{name}{number + 1}" if number else name


def _bands(bands: Sequence[Band]) -> list[dict[str, Any]]:
    return [
        {
            "type": "rect", "xref": "x", "yref": "paper", "x0": start, "x1": end, "y0": 0, "y1": 1,
            "fillcolor": GREY, "opacity": 0.12 if number % 2 else 0.05, "line": {"width": 0}, "layer": "below",
        }
        for number, (_, start, end) in enumerate(bands)
    ]  # fmt: skip


def _names(bands: Sequence[Band]) -> list[dict[str, Any]]:
    """The stages' names at the bottom of their bands, where no curve's name is."""
    return [
        {
            "x": (start + end) / 2, "y": 0, "xref": "x", "yref": "paper", "text": name, "showarrow": False,
            "yanchor": "bottom", "font": {"size": 10},
        }
        for name, start, end in bands
    ]  # fmt: skip


def _reader(figure: str) -> Callable[[Point], float | None]:
    if figure not in SIGNALS:
        return attrgetter(figure)
    place = SIGNALS.index(figure)
    return lambda point: point.signals[place] if point.signals else None


def _value(value: float | None) -> float | None:
    return round(value, 3) if isinstance(value, float) else value


def _one_of(points: Sequence[Point]) -> Point:
    """Neighbours as one: rates on average, everything else at its worst, so that no peak is lost."""

    def highest(values: list[float | None]) -> float | None:
        return max((value for value in values if value is not None), default=None)

    signals = [point.signals for point in points if point.signals]
    return Point(
        points[0].second,
        max(point.users for point in points),
        sum(point.rps for point in points) / len(points),
        sum(point.failures_per_s for point in points) / len(points),
        highest([point.p50 for point in points]),
        highest([point.p95 for point in points]),
        highest([point.p99 for point in points]),
        max(point.dropped for point in points),
        max(point.late for point in points),
        tuple(highest(list(values)) for values in zip(*signals, strict=True)) if signals else (),
    )
