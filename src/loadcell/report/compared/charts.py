"""The figures of a comparison: both sides over one another, and what was found of each figure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from loadcell.charts import BLUE, GREY, MAX_POINTS, ORANGE, latency_window_s, new_figure, text
from loadcell.compare import Comparison, Row
from loadcell.histogram import Histogram
from loadcell.report.compared import words
from loadcell.store import RunReader

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SIDES = (("Before", BLUE), ("After", ORANGE))
MOST_EFFECTS = 30
_TICKS_MS = [float(f"{digit}e{power}") for power in range(-2, 6) for digit in (1, 2, 5)]
_SHADE = "rgba(128,128,128,0.14)"
_CURVES = (
    ("throughput", "Throughput", "Requests per second", "rps"),
    ("response_times", "p95", "Response time (ms)", "p95_ms"),
    ("users", "Users", "Users", "users"),
)


def curves(before: Sequence[RunReader], after: Sequence[RunReader]) -> dict[str, Figure]:
    """Throughput, p95 and users over time, the runs of a side in one colour; by the name of their place."""
    longest = max(reader.duration_s for reader in (*before, *after))
    figures = {}
    for place, title, axis, name in _CURVES:
        figure = new_figure(title, axis, longest)
        for (label, colour), side in zip(SIDES, (before, after), strict=True):
            for number, reader in enumerate(side):
                points = reader.timeline(window_s=latency_window_s(reader), max_points=MAX_POINTS)
                figure.add_scatter(
                    x=[point.start_s for point in points],
                    y=[_shown(getattr(point, name)) for point in points],
                    name=label if len(side) == 1 else f"{label}, {len(side)} runs",
                    legendgroup=label,
                    showlegend=not number,
                    opacity=1.0 if len(side) == 1 else 0.6,
                    line={"color": colour, "width": 2 if len(side) == 1 else 1.2},
                )
        figures[place] = figure
    return figures


def distribution(comparison: Comparison, before: Sequence[RunReader], after: Sequence[RunReader]) -> Figure:
    """Which share of the compared requests took at most so long; all runs of a side together."""
    figure = new_figure("How many took at most so long", "Requests (%)")
    spans = (comparison.before.spans, comparison.after.spans)
    for (label, colour), side, compared in zip(SIDES, (before, after), spans, strict=True):
        latency = Histogram()
        for reader, span in zip(side, compared or [(None, None)] * len(side), strict=True):
            latency.merge(reader.total(*span).latency)
        buckets = list(latency.buckets())
        total = latency.total
        sums = list(accumulate(count for _, count in buckets))
        step = max(1, len(buckets) // MAX_POINTS)
        figure.add_scatter(
            x=[us / 1000 for us, _ in buckets[::step]],
            y=[round(100 * count / total, 3) for count in sums[::step]],
            name=label,
            line={"color": colour, "width": 2},
        )
    figure.update_xaxes(
        title={"text": "Response time (ms)"}, type="log", showgrid=True, tickvals=_TICKS_MS, ticktext=_TICKS_MS
    )
    figure.update_yaxes(range=[0, 101])
    return figure


def effects(comparison: Comparison) -> Figure | None:
    """By how much each figure differs, with its interval; what does not matter is shaded. None where nothing was told."""
    rows = [row for row in comparison.judged if row.effect is not None and row.unit != "%"][:MOST_EFFECTS]
    if not rows:
        return None
    figure = new_figure("", "")
    # Labels are cut, so they can't tell entries apart.
    keys = [str(number) for number in range(len(rows))]
    labels = [_label(row) for row in rows]
    for kind, colour in (("improved", BLUE), ("regressed", ORANGE), ("equivalent", GREY), ("inconclusive", GREY)):
        some = [(row, key) for row, key in zip(rows, keys, strict=True) if row.verdict == kind]
        if some:
            figure.add_scatter(**_marks(kind, colour, some))
    floor = 100 * comparison.floor
    figure.add_vrect(x0=-floor, x1=floor, fillcolor=_SHADE, line_width=0, layer="below")
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    reach = 1.15 * max(
        floor, *(abs(100 * end) for row in rows for end in (row.effect, row.low, row.high) if end is not None)
    )
    figure.update_layout(height=110 + 34 * len(rows), hovermode="closest", margin={"l": 16, "r": 16, "t": 44, "b": 44})
    figure.update_xaxes(title={"text": "After beside before (%)"}, range=[max(-100, -reach), reach], showgrid=True)
    figure.update_yaxes(
        categoryorder="array", categoryarray=keys[::-1], rangemode="normal", showgrid=False, tickvals=keys, ticktext=labels
    )
    return figure


def _marks(kind: str, colour: str, some: Sequence[tuple[Row, str]]) -> dict[str, Any]:
    symbols = {"improved": "circle", "regressed": "diamond", "equivalent": "square", "inconclusive": "circle-open"}
    effects = [100 * (row.effect or 0.0) for row, _ in some]
    ends = [
        (100 * (row.low if row.low is not None else -1), 100 * (row.high if row.high is not None else 10)) for row, _ in some
    ]
    return {
        "x": [round(effect, 3) for effect in effects],
        "y": [key for _, key in some],
        "name": kind.capitalize(),
        "mode": "markers",
        "marker": {"color": colour, "size": 10, "symbol": symbols[kind]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [round(high - effect, 3) for effect, (_, high) in zip(effects, ends, strict=True)],
            "arrayminus": [round(effect - low, 3) for effect, (low, _) in zip(effects, ends, strict=True)],
            "color": colour,
            "thickness": 1.6,
        },
        "text": [f"{_label(row)}: {words.change(row, row.effect)} ({words.interval(row)})" for row, _ in some],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _label(row: Row) -> str:
    shown = words.cells(row)
    return text(f"{shown.figure} · {shown.entry}", 48)


def _shown(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
