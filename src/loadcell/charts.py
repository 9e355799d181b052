"""RunReader → plotly figures: the page, the report and a notebook draw the same ones.

Time runs in seconds since the run's start, the palette is Okabe and Ito's, and a second without data is a gap. Names
from the scenario and the service are shown as text, whatever they contain.
"""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from loadcell.histogram import Histogram
from loadcell.store import EntryTotals, Point, RunReader, StoredStage

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, GREY = "#56B4E9", "#CC79A7", "#F0E442", "#888888"

MAX_POINTS = 2000
BINS_PER_DECADE = 24
SPARSE_RPS = 100
"""Below this, a second holds too few requests for a p99, and percentiles look back further."""
SPARSE_WINDOW_S = 5
MAX_ERROR_KINDS = 5
KNEE = 0.1
"""How far above a straight line throughput must be, as a share of its greatest, to have a knee."""
_GRID = "rgba(128,128,128,0.22)"


def throughput(reader: RunReader) -> Figure:
    """Requests and failures per second over time, with what happened during the run."""
    points = reader.timeline(window_s=latency_window_s(reader), max_points=MAX_POINTS)
    times = [point.start_s for point in points]
    figure = new_figure("Throughput", "Requests per second", reader.duration_s)
    figure.add_scatter(x=times, y=_rounded([p.rps for p in points]), name="Requests/s", line={"color": BLUE, "width": 2})
    figure.add_scatter(
        x=times,
        y=_rounded([p.failures_per_s for p in points]),
        name="Failures/s",
        line={"color": VERMILLION, "width": 2},
        fill="tozeroy",
        fillcolor="rgba(213,94,0,0.15)",
    )
    events = reader.events()[:200]
    if events:
        figure.add_scatter(
            x=[event.at_s for event in events],
            y=[0] * len(events),
            text=[text(event.text, 120) for event in events],
            name="Events",
            mode="markers",
            marker={"symbol": "triangle-up", "size": 10, "color": GREY},
            cliponaxis=False,
            showlegend=False,
            hovertemplate="%{text}<extra></extra>",
        )
    return figure


def response_times(reader: RunReader) -> Figure:
    """p50, p95 and p99 of all requests over time, each from the merged histogram of a sliding window."""
    window_s = latency_window_s(reader)
    points = reader.timeline(window_s=window_s, max_points=MAX_POINTS)
    shown_s = max(window_s, reader.step_s(MAX_POINTS))
    figure = new_figure(f"Response times (last {shown_s} s)", "Response time (ms)", reader.duration_s)
    _add_percentiles(figure, points)
    return figure


def entry_times(reader: RunReader, method: str, name: str) -> Figure:
    """Requests/s and percentiles of one entry over time."""
    window_s = latency_window_s(reader)
    points = reader.entry_timeline(method, name, window_s=window_s, max_points=MAX_POINTS)
    times = [point.start_s for point in points]
    figure = new_figure("Over time", "Response time (ms)", reader.duration_s)
    _add_percentiles(figure, points)
    figure.add_scatter(
        x=times,
        y=_rounded([p.rps for p in points]),
        name="requests/s",
        yaxis="y2",
        line={"color": BLUE, "width": 1, "dash": "dot"},
    )
    figure.update_layout(
        yaxis2={"title": {"text": "Requests per second"}, "overlaying": "y", "side": "right", "rangemode": "tozero",
                "showgrid": False, "automargin": True}
    )  # fmt: skip
    return figure


def _add_percentiles(figure: Figure, points: Sequence[Point]) -> None:
    lines = (
        ("p50", [p.p50_ms for p in points], SKY),
        ("p95", [p.p95_ms for p in points], ORANGE),
        ("p99", [p.p99_ms for p in points], PURPLE),
    )
    for name, values, colour in lines:
        figure.add_scatter(x=[p.start_s for p in points], y=_rounded(values), name=name, line={"color": colour, "width": 2})


def users(reader: RunReader) -> Figure:
    """Users over time."""
    points = reader.timeline(window_s=latency_window_s(reader), max_points=MAX_POINTS)
    figure = new_figure("Users", "Users", reader.duration_s)
    figure.add_scatter(
        x=[point.start_s for point in points],
        y=[point.users for point in points],
        name="Users",
        line={"color": GREEN, "width": 2, "shape": "hv"},
        fill="tozeroy",
        fillcolor="rgba(0,158,115,0.12)",
    )
    return figure


def capacity(reader: RunReader) -> Figure | None:
    """The load against what came of it: successes/s and response times, with capacity, knee and breaking point.

    None for a run that was no assessment.
    """
    points = _load_points(reader)
    found = reader.capacity
    if len(points) < 2 or not any(stage.phase in ("search", "stress") for stage in reader.stages()):
        return None
    is_open = any(stage.rate is not None for stage in reader.stages())
    figure = new_figure("Capacity", "Successes per second")
    loads = [point.load for point in points]
    bend = knee([(point.load, point.ok_rps) for point in points])
    figure.add_scatter(x=loads, y=_rounded([point.ok_rps for point in points]), name="Successes/s", mode="lines+markers",
                       line={"color": BLUE, "width": 2})  # fmt: skip
    for name, values, colour in (
        ("p50", [point.p50_ms for point in points], SKY),
        ("p95", [point.p95_ms for point in points], ORANGE),
        ("p99", [point.p99_ms for point in points], PURPLE),
    ):
        figure.add_scatter(x=loads, y=_rounded(values), name=name, yaxis="y2", mode="lines+markers",
                           line={"color": colour, "width": 1.5}, marker={"size": 4})  # fmt: skip
    kind = "rate" if is_open else "users"
    if found is not None:
        if found.high is not None and found.low is not None and found.high > found.low:
            figure.add_vrect(x0=found.low, x1=found.high, fillcolor=GREEN, opacity=0.18, line_width=0)
        _mark(figure, found.load, "capacity", GREEN, 1.0)
    if bend is not None:
        _mark(figure, bend, "knee", GREY, 1.0, left=True)
    if broken := reader.result("breaking_point"):
        _mark(figure, broken[kind], "breaking point", VERMILLION, 0.9)
    figure.update_layout(
        xaxis={
            "title": {"text": "Load (iterations/s)" if is_open else "Load (users)"},
            "showgrid": True,
            "rangemode": "tozero",
        },
        yaxis2={
            "title": {"text": "Response time (ms)"},
            "overlaying": "y",
            "side": "right",
            "type": "log",
            **decades(),
            "showgrid": False,
            "automargin": True,
        },
        margin={"t": 84},  # the legend may take two rows
        hovermode="closest",
    )
    return figure


def recovery(reader: RunReader) -> Figure | None:
    """From the stress on: the load, and how p95 comes back to what it was; None for a run without a recovery."""
    stages = reader.stages()
    begin = next((stage.start_s for stage in stages if stage.phase == "stress"), None)
    found = reader.result("recovery")
    if begin is None or found is None:
        return None
    is_open = any(stage.rate is not None for stage in stages)
    points = [point for point in reader.timeline(window_s=1, max_points=MAX_POINTS) if point.start_s >= begin - 5]
    times = [point.start_s for point in points]
    figure = new_figure("Recovery", "Response time (ms)")
    figure.add_scatter(
        x=times, y=_rounded([point.p95_ms for point in points]), name="p95", line={"color": ORANGE, "width": 2}
    )
    load = [_rate_at(stages, point.start_s + 0.5) if is_open else point.users for point in points]
    figure.add_scatter(x=times, y=load, name="Iterations/s wanted" if is_open else "Users", yaxis="y2",
                       line={"color": GREEN, "width": 1.5, "shape": "hv"})  # fmt: skip
    if (limit := found["tolerance"]["p95_ms"]) is not None:
        figure.add_scatter(x=times, y=[limit] * len(times), name="tolerance", mode="lines",
                           line={"color": GREY, "dash": "dot", "width": 1.5})  # fmt: skip
    dropped = next((stage.start_s for stage in stages if stage.phase == "recovery"), None)
    if dropped is not None:
        _mark(figure, dropped, "load halved", BLUE, 1.0)
        if found["recovered"] and found["seconds"] is not None:
            _mark(figure, dropped + found["seconds"], "recovered", GREEN, 0.9)
    figure.update_layout(
        yaxis={"type": "log", **decades()},
        yaxis2={
            "title": {"text": "Load (iterations/s)" if is_open else "Load (users)"},
            "overlaying": "y",
            "side": "right",
            "rangemode": "tozero",
            "tickmode": "auto",
            "nticks": 6,
            "showgrid": False,
            "automargin": True,
        },
    )
    return figure


class _LoadPoint(NamedTuple):
    load: float
    ok_rps: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


def _load_points(reader: RunReader) -> list[_LoadPoint]:
    """What came of each load on the way up, all stages of it together; not what was held to rest.

    Loads within 3 % of each other, as a search tries them, are one point at their mean.
    """
    seconds: dict[float, list[int]] = {}
    for stage in reader.stages():
        load = stage.rate if stage.users is None else stage.users
        if load is not None and stage.phase in ("baseline", "load", "search", "stress") and not stage.data.get("rest"):
            seconds.setdefault(load, []).extend(range(round(stage.start_s), round(stage.end_s)))
    found = []
    for loads in _alike(sorted(load for load in seconds if seconds[load])):
        totals = [reader.total(second, second + 1) for load in loads for second in seconds[load]]
        latency = Histogram()
        for total in totals:
            latency.merge(total.ok)
        ok = sum(total.requests - total.failures for total in totals)
        times = [None if us is None else us / 1000 for us in latency.percentiles((50, 95, 99))]
        mean = sum(load * len(seconds[load]) for load in loads) / len(totals)
        found.append(_LoadPoint(round(mean, 3), ok / len(totals), *times))
    return found


def _alike(loads: Sequence[float]) -> list[list[float]]:
    """Rising loads in groups, none more than 3 % above the first of its group."""
    groups: list[list[float]] = []
    for load in loads:
        if groups and load <= 1.03 * groups[-1][0]:
            groups[-1].append(load)
        else:
            groups.append([load])
    return groups


def knee(points: Sequence[tuple[float, float]]) -> float | None:
    """The load at which throughput stops to grow with it; None where it does not bend.

    The point furthest above the straight line from the first to the last, both axes from 0 to 1 (Satopää et al. 2011,
    “Finding a Kneedle in a haystack”), if there throughput is clearly above that line.
    """
    if len(points) < 3:
        return None
    (x0, y0), (x1, _) = points[0], points[-1]
    top = max(y for _, y in points)
    if x1 <= x0 or top <= y0:
        return None
    above = [((y - y0) / (top - y0) - (x - x0) / (x1 - x0), x) for x, y in points]
    most, load = max(above)
    return load if most > KNEE else None


def decades() -> dict[str, Any]:
    """The ticks of a logarithmic axis: 1, 2, 5, 10 … written out."""
    ticks = [digit * 10.0**power for power in range(-3, 8) for digit in (1, 2, 5)]
    return {"tickvals": ticks, "ticktext": [f"{tick:,.10g}" for tick in ticks]}


def _rate_at(stages: Sequence[StoredStage], t: float) -> float | None:
    return next((stage.rate for stage in stages if stage.start_s <= t < stage.end_s), None)


def _mark(figure: Figure, x: float, label: str, colour: str, height: float, *, left: bool = False) -> None:
    """A vertical line with its name at the side; `height` keeps names of neighbours apart."""
    figure.add_vline(x=x, line={"color": colour, "width": 1.5, "dash": "dash"})
    figure.add_annotation(x=x, y=height, yref="paper", text=label, showarrow=False,
                          xanchor="right" if left else "left", xshift=-4 if left else 4, yanchor="top",
                          font={"color": colour, "size": 11})  # fmt: skip


def service_cpu(reader: RunReader) -> Figure:
    """How busy the service was over time; without data where nobody watched."""
    figure = new_figure("CPU of the service", "CPU (%)", reader.duration_s)
    lines = (("all its cores", "cpu", BLUE), ("busiest event loop", "loop_cpu", SKY), ("whole machine", "host_cpu", GREY))
    for name, signal, colour in lines:
        _add_signal(figure, reader, signal, name, colour)
    figure.update_layout(showlegend=True, yaxis={"rangemode": "tozero"})
    return figure


def service_memory(reader: RunReader) -> Figure:
    """The memory of the service over time; without data where nobody watched."""
    figure = new_figure("Memory of the service", "Memory (MB)", reader.duration_s)
    _add_signal(figure, reader, "memory", "memory", ORANGE)
    figure.update_layout(yaxis={"rangemode": "tozero"})
    return figure


def _add_signal(figure: Figure, reader: RunReader, signal: str, name: str, colour: str) -> None:
    seconds = reader.signals()
    times = [at for at in seconds if signal in seconds[at]]
    if times:
        times = times[:: math.ceil(len(times) / MAX_POINTS)]
        values = _rounded([seconds[at][signal] for at in times])
        figure.add_scatter(x=times, y=values, name=name, line={"color": colour, "width": 2})


def errors(reader: RunReader) -> Figure:
    """Errors per second over time, stacked by text: the most frequent ones, and the others together."""
    step_s = reader.step_s(200)
    totals: Counter[str] = Counter()
    per_step: Counter[tuple[str, int]] = Counter()
    found = reader.error_seconds()
    for _, error, count in found:
        totals[error] += count
    kinds = [error for error, _ in totals.most_common(MAX_ERROR_KINDS)]
    for second, error, count in found:
        per_step[error if error in kinds else "", second // step_s] += count
    figure = new_figure("Errors", "Errors per second", reader.duration_s)
    steps = range(math.ceil(max(1.0, reader.duration_s) / step_s))
    colours = (VERMILLION, ORANGE, PURPLE, BLUE, SKY, GREY)
    for kind, colour in zip([*kinds, *([""] if len(totals) > len(kinds) else [])], colours, strict=False):
        figure.add_bar(
            x=[(step + 0.5) * step_s for step in steps],
            y=[per_step[kind, step] / step_s for step in steps],
            width=step_s,
            name=text(kind, 60) if kind else f"{len(totals) - len(kinds)} others",
            marker={"color": colour, "line": {"width": 0}},
        )
    figure.update_layout(barmode="stack", bargap=0, showlegend=True)
    return figure


def distribution(totals: EntryTotals) -> Figure:
    """How the response times of one entry (or of all) are spread: requests per bin, and the share up to each time."""
    figure = new_figure("Response time distribution", "Requests")
    latency = totals.latency
    edges, counts = binned(latency)
    _, failed = binned(totals.failed, edges)
    x = [_significant(edge / 1000) for edge in edges]
    step = {"shape": "hv", "width": 1.5}
    # A step line needs the last edge once more, at 0.
    figure.add_scatter(
        x=x, y=[*counts, 0], name="Requests", fill="tozeroy", fillcolor="rgba(0,114,178,0.30)",
        line={**step, "color": BLUE},
    )  # fmt: skip
    if totals.failed.total:
        figure.add_scatter(
            x=x, y=[*failed, 0], name="of them failed", fill="tozeroy", fillcolor="rgba(213,94,0,0.55)",
            line={**step, "color": VERMILLION},
        )  # fmt: skip
    total = latency.total or 1
    share, seen = [0.0], 0
    for count in counts:
        seen += count
        share.append(round(100 * seen / total, 3))
    figure.add_scatter(x=x, y=share, name="Share up to here (%)", yaxis="y2", line={"color": ORANGE, "width": 2})
    figure.update_layout(
        xaxis={"type": "log", "title": {"text": "Response time (ms)"}, **decades()},
        yaxis2={
            "title": {"text": "Share of requests (%)"},
            "overlaying": "y",
            "side": "right",
            "range": [0, 101],
            "tickvals": [0, 25, 50, 75, 100],
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
        },
    )
    return figure


def health(reader: RunReader) -> Figure:
    """How busy the generators were: CPU of each, in % of one core."""
    figure = new_figure("Generators", "CPU (% of a core)", reader.duration_s)
    rows = reader.health()
    step_s = reader.step_s(MAX_POINTS)
    names = sorted({row.generator for row in rows})
    for name, colour in zip(names, (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, YELLOW, GREY) * 64, strict=False):
        highest: dict[int, float] = {}
        for row in rows:
            if row.generator == name:
                step = row.second // step_s
                highest[step] = max(highest.get(step, 0.0), row.cpu)
        figure.add_scatter(
            x=[step * step_s for step in highest],
            y=[round(cpu, 1) for cpu in highest.values()],
            name=text(name, 30),
            line={"color": colour, "width": 1.5},
        )
    figure.update_layout(showlegend=True, yaxis={"rangemode": "tozero"})
    return figure


def latency_window_s(reader: RunReader) -> int:
    """The seconds that percentile lines look back: 1 where a second holds enough requests, else 5."""
    requests, _ = reader.request_counts()
    return 1 if requests >= SPARSE_RPS * reader.duration_s else SPARSE_WINDOW_S


def binned(latency: Histogram, edges: list[float] | None = None) -> tuple[list[float], list[int]]:
    """(edges in µs, requests between them), equally wide on a logarithmic axis; one more edge than counts."""
    found = [(max(us, 1.0), count) for us, count in latency.buckets()]
    if edges is None:
        low = math.floor(math.log10(found[0][0]) * BINS_PER_DECADE) if found else 0
        high = math.floor(math.log10(found[-1][0]) * BINS_PER_DECADE) + 1 if found else 1
        edges = [10 ** (n / BINS_PER_DECADE) for n in range(low, high + 1)]
    first = round(math.log10(edges[0]) * BINS_PER_DECADE)
    counts = [0] * (len(edges) - 1)
    for us, count in found:
        index = math.floor(math.log10(us) * BINS_PER_DECADE) - first
        counts[min(max(index, 0), len(counts) - 1)] += count
    return edges, counts


def text(words: str, width: int) -> str:
    """`words` as plotly shows them literally: it would take tags for formatting."""
    words = " ".join(words.split())
    return html.escape(words if len(words) <= width else words[: width - 1] + "…", quote=False)


def new_figure(title: str, y_title: str, duration_s: float | None = None) -> Figure:
    from plotly.graph_objects import Figure

    axis: dict[str, Any] = {"gridcolor": _GRID, "zerolinecolor": _GRID, "linecolor": _GRID, "automargin": True}
    figure = Figure()
    figure.update_layout(
        template="none",
        title={"text": title, "x": 0, "xref": "paper", "font": {"size": 15}, "y": 0.97, "yanchor": "top"},
        font={"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 12},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 56, "r": 16, "t": 64, "b": 44},
        height=320,
        hovermode="x unified",
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        xaxis={**axis, "title": {"text": "Time since start (s)"}, "showgrid": False},
        yaxis={**axis, "title": {"text": y_title}, "rangemode": "tozero"},
    )
    if duration_s:
        figure.update_layout(xaxis={"range": [0, duration_s]})
    return figure


def _rounded(values: list[float | None]) -> list[float | None]:
    return [None if value is None else round(value, 3) for value in values]


def _significant(value: float) -> float:
    return float(f"{value:.4g}")
