"""The run over time as one figure: several charts, one time axis, one cursor; pure.

A page gets the whole figure once and then only what is new. When it holds too many points to be drawn in time, neighbours
are put together and it is sent anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loadcell.charts import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION
from loadcell.web.live import SIGNALS, Live, Point

MOST_POINTS = 1200
SOFT = "#808890"
"""Of words in figures: to be read on light and on dark."""

_ROWS = ("Requests per second", "Response time (ms)", "Users", "CPU (%)", "Memory (MB)")
_HEIGHTS = (0.23, 0.27, 0.16, 0.2, 0.14)
_GAP = 0.035
_CURVES: tuple[tuple[str, int, str], ...] = (
    ("requests/s", 0, BLUE),
    ("failures/s", 0, VERMILLION),
    ("p50", 1, SKY),
    ("p95", 1, ORANGE),
    ("p99", 1, PURPLE),
    ("users", 2, GREEN),
    ("dropped starts", 2, VERMILLION),
    ("service", 3, BLUE),
    ("whole machine", 3, GREY),
    ("busiest event loop", 3, SKY),
    ("memory of the service", 4, ORANGE),
)
"""Name, row and colour of each curve."""
_SIGNAL_OF = {7: "cpu", 8: "host_cpu", 9: "loop_cpu", 10: "memory"}
"""By the number of the curve."""
_DROPPED = 6
"""The curve that only the open model has."""


class Curves:
    """What one page has been sent of a run."""

    def __init__(self, limit_ms: float | None = None, *, is_open: bool = False) -> None:
        """`limit_ms` is drawn as the objective of the response time; in the open model dropped starts are drawn."""
        self._limit_ms = limit_ms
        self._is_open = is_open
        self._step_s = 1
        self._sent_to = self._felt_to = 0
        """The first second whose figures, and whose signals, were not sent: signals come a few seconds later."""
        self._count = 0

    def figure(self, live: Live, bands: Sequence[tuple[str, float, float]] = ()) -> dict[str, Any]:
        """Everything so far. `bands` are stages: name, start and end in s."""
        while len(live.points) // self._step_s > MOST_POINTS:
            self._step_s *= 2
        self._sent_to = self._felt_to = self._count = 0
        x, y = self._new(live)
        data = [
            {
                "x": x[number],
                "y": y[number],
                "name": name,
                "type": "scatter",
                "mode": "lines",
                "xaxis": "x",
                "yaxis": f"y{row + 1}" if row else "y",
                "line": {"color": colour, "width": 1.6, **({"shape": "hv"} if row == 2 else {})},
                "hovertemplate": "%{y:,.4~g}",
                "connectgaps": False,
                "visible": number != _DROPPED or self._is_open,
                "showlegend": number != _DROPPED or self._is_open,
            }
            for number, (name, row, colour) in enumerate(_CURVES)
        ]
        return {"data": data, "layout": self._layout(bands), "config": {"displaylogo": False, "responsive": True}}

    def news(self, live: Live) -> tuple[dict[str, Any], list[int]] | None:
        """What extends the figure that was sent: arguments of Plotly.extendTraces. None where nothing is new."""
        x, y = self._new(live)
        numbers = [number for number, times in enumerate(x) if times]
        return (
            ({"x": [x[number] for number in numbers], "y": [y[number] for number in numbers]}, numbers) if numbers else None
        )

    def _new(self, live: Live) -> tuple[list[list[int]], list[list[float | None]]]:
        fresh = live.since(self._sent_to)
        felt = live.since(self._felt_to)
        while felt and not felt[-1].signals:
            felt.pop()
        fresh, felt = self._drawn(fresh), self._drawn(felt)
        if fresh:
            self._sent_to = fresh[-1].second + self._step_s
            self._count += len(fresh)
        if felt:
            self._felt_to = felt[-1].second + self._step_s
        of = [felt if number in _SIGNAL_OF else fresh for number in range(len(_CURVES))]
        return [[point.second for point in points] for points in of], [
            [_value(point, number) for point in points] for number, points in enumerate(of)
        ]

    def bands(self, stages: Sequence[tuple[str, float, float]]) -> dict[str, Any]:
        """What of the layout changes with the stages, for Plotly.relayout."""
        layout = self._layout(stages)
        return {name: layout[name] for name in ("shapes", "annotations")}

    @property
    def is_full(self) -> bool:
        """Whether it holds so many points that it should be sent anew, with fewer."""
        return self._count > 1.5 * MOST_POINTS

    def _drawn(self, points: list[Point]) -> list[Point]:
        """With neighbours put together; what does not fill a step yet is left for the next time."""
        if self._step_s == 1:
            return points
        whole = range(0, len(points) - self._step_s + 1, self._step_s)
        return [_joined(points[at : at + self._step_s]) for at in whole]

    def _layout(self, bands: Sequence[tuple[str, float, float]]) -> dict[str, Any]:
        grid = "rgba(128,128,128,0.25)"
        layout: dict[str, Any] = {
            "height": 860,
            "margin": {"l": 64, "r": 16, "t": 8, "b": 40},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"color": SOFT, "size": 12},
            "hovermode": "x unified",
            "hoversubplots": "axis",
            "legend": {"orientation": "h", "y": 1.01, "yanchor": "bottom", "x": 0},
            "uirevision": "kept",  # a zoom of the viewer's stays
            "xaxis": {
                "title": {"text": "Time since start (s)"},
                "anchor": f"y{len(_ROWS)}",
                "gridcolor": grid,
                "zeroline": False,
                "rangemode": "tozero",
                "showspikes": True,
                "spikemode": "across",
                "spikethickness": 1,
                "spikedash": "dot",
            },
            "shapes": [
                *(
                    {
                        "type": "rect", "xref": "x", "yref": "paper", "x0": start, "x1": end, "y0": 0, "y1": 1,
                        "fillcolor": GREY, "opacity": 0.10 if number % 2 else 0.04, "line": {"width": 0}, "layer": "below",
                    }
                    for number, (_, start, end) in enumerate(bands)
                ),
                *self._limit(),
            ],
            "annotations": [
                {
                    "x": (start + end) / 2, "y": 1, "xref": "x", "yref": "paper", "text": name, "showarrow": False,
                    "yanchor": "top", "font": {"size": 10},
                }
                for name, start, end in bands
            ],
        }  # fmt: skip
        top = 1.0
        for row, (title, height) in enumerate(zip(_ROWS, _HEIGHTS, strict=True)):
            share = height * (1 - _GAP * (len(_ROWS) - 1))
            layout[f"yaxis{row + 1}" if row else "yaxis"] = {
                "title": {"text": title},
                "domain": [max(0.0, top - share), top],
                "gridcolor": grid,
                "zeroline": False,
                "rangemode": "tozero",
                "anchor": "x",
                "automargin": True,
            }
            top -= share + _GAP
        return layout

    def _limit(self) -> list[dict[str, Any]]:
        if self._limit_ms is None:
            return []
        line = {"color": VERMILLION, "width": 1.5, "dash": "dash"}
        return [{"type": "line", "xref": "paper", "yref": "y2", "x0": 0, "x1": 1, "y0": self._limit_ms, "y1": self._limit_ms,
                 "line": line}]  # fmt: skip


def _value(point: Point, number: int) -> float | None:
    if number in _SIGNAL_OF:
        value = point.signals[SIGNALS.index(_SIGNAL_OF[number])] if point.signals else None
    else:
        value = (
            point.rps, point.failures_per_s, point.p50, point.p95, point.p99, point.users, point.dropped
        )[number]  # fmt: skip
    return round(value, 3) if isinstance(value, float) else value


def _joined(points: Sequence[Point]) -> Point:
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
        sum(point.dropped for point in points),
        sum(point.late for point in points),
        tuple(highest(list(values)) for values in zip(*signals, strict=True)) if signals else (),
    )
