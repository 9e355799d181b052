"""How throughput grows with the requests in the service, in words, for the terminal and the page alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from loadcell import diagnosis
from loadcell.store import RunReader

_COMPUTING = frozenset(
    (
        *("cpu_bound", "too_few_workers", "cpu_bound_threads", "too_many_workers", "gc_pauses", "noisy_neighbour"),
        *("cpu_throttled", "blocked_event_loop", "disk_bound", "generator_saturated", "errors"),
    )
)
"""What stops throughput without a pool."""
_POOLS = {
    "db_pool_exhausted": "a database pool",
    "db_pool_held": "a database pool",
    "thread_pool_exhausted": "a pool of threads",
    "client_pool_exhausted": "a pool of HTTP connections",
}
_SHARP = 2.0
_CLEARLY = 2.0
_MORE = 1.3
_LARGEST_POOL = 500


def found(reader: RunReader) -> dict[str, Any] | None:
    """`scaling` of the document; None for fewer than six loads."""
    seen = diagnosis.scaling(reader)
    return None if seen is None else msgspec.to_builtins(seen)


def sentence(scaling: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> str:
    """Where throughput stops, and what that may be."""
    usl, cap = scaling["usl"], scaling["cap"]
    if scaling["better"] == "cap" and cap["knee_known"]:
        return (
            f"Throughput stops at {_figure(cap['ceiling']['value'])}/s, with {_range(cap['knee'])} requests in the service "
            f"at a time{_what(scaling, findings) or '.'}"
        )
    if _is_level(scaling):
        ceiling = _figure(cap["ceiling"]["value"])
        return f"Throughput is about {ceiling}/s at every load: one request in the service at a time reaches it."
    if scaling["better"] == "usl" and usl["peak_n"] is not None:
        return (
            f"Throughput is highest, {_figure(usl['peak_x'])}/s, with {_figure(usl['peak_n'])} requests in the service at a "
            "time, and falls beyond."
        )
    if _grows(scaling):
        most = _figure(scaling["points"][-1]["n"])
        return f"Throughput still grows with {most} requests in the service at a time: no end was reached."
    return f"Throughput bends gradually, up to {_figure(max(point['x'] for point in scaling['points']))}/s."


def law(scaling: Mapping[str, Any]) -> str:
    """The figures behind it, and how well they fit."""
    usl, cap = scaling["usl"], scaling["cap"]
    kappa = f"κ {_range(usl['coherency'])}" if usl["coherency_known"] else "κ not determined: no load beyond a peak"
    better = "a line with a cap" if scaling["better"] == "cap" else "the universal scalability law"
    line = "" if _is_level(scaling) else f" {_range(cap['rate'])} requests/s of one at a time,"
    return (
        f"Universal scalability law: σ {_range(usl['contention'])}, {kappa}, {100 * usl['error']:.1f} % off. "
        f"Line with a cap:{line} {100 * cap['error']:.1f} % off. "
        f"AICc prefers {better} by {scaling['by']:.0f}. Neither says anything beyond {_figure(scaling['up_to_n'])} at a "
        "time."
    )


def place(scaling: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> str:
    """What to write beside the knee, or the peak."""
    if scaling["better"] == "usl":
        return f"highest with {_figure(scaling['usl']['peak_n'])}"
    pool = _what(scaling, findings).removeprefix(": ")
    return pool or f"stops at {_figure(scaling['cap']['knee']['value'])}"


def _what(scaling: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> str:
    """What serves so many at a time, as a question; empty where it is no pool, or none is likely."""
    cap, first = scaling["cap"], findings[0]["code"] if findings else ""
    knee = cap["knee"]
    unclear = cap["sharpness"] < _SHARP or scaling["by"] < _CLEARLY
    if first in _COMPUTING or knee["value"] > _LARGEST_POOL or (unclear and first not in _POOLS):
        return ""
    size = round(knee["value"])
    slack = 0.05 * size
    if not size or not knee["low"] - slack <= size <= knee["high"] + slack:
        return ""
    about = "about " if size > 10 else ""
    return f": {_POOLS.get(first, 'a pool')} of {about}{size}?"


def _is_level(scaling: Mapping[str, Any]) -> bool:
    """Whether the lowest load has reached the cap already."""
    return bool(scaling["cap"]["knee"]["high"] <= 1.05 * scaling["points"][0]["n"])


def _grows(scaling: Mapping[str, Any]) -> bool:
    """Whether twice as many requests at a time brought clearly more, at the end of what was measured."""
    points = scaling["points"]
    last = points[-1]
    half = max((point for point in points if point["n"] <= last["n"] / 2), key=lambda point: float(point["n"]), default=None)
    return half is not None and last["x"] >= _MORE * half["x"]


def _range(known: Mapping[str, Any]) -> str:
    return f"{_figure(known['value'])} ({_figure(known['low'])} … {_figure(known['high'])})"


def _figure(value: float) -> str:
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 2 else f"{value:.2g}" if size >= 1e-4 else "0" if size < 1e-9 else f"{value:.1e}"
