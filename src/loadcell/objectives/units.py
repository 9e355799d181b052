"""The metrics of objectives, and the units that their numbers come in."""

from __future__ import annotations

import re

PERCENTILE = re.compile(r"p(\d+(?:\.\d+)?)")
SERVER = "server."
"""How the signals of the service itself begin."""
TIME_UNITS = {"\u00b5s": 0.001, "\u03bcs": 0.001, "us": 0.001, "ms": 1.0, "s": 1000.0}
"""In ms; two letters are in use for micro."""
WINDOW_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
"""In s."""
SIGNAL_UNITS = {
    "cpu": "%",
    "host_cpu": "%",
    "host_steal": "%",
    "loop_cpu": "%",
    "loop_wait": "%",
    "throttled": "%",
    "memory": "MB",
    "memory_growth": "MB/min",
    "memory_available": "MB",
    "descriptors": "%",
    "workers": "",
    "accept_queue": "",
    "unread_sockets": "",
    "net_in": "MB/s",
    "net_out": "MB/s",
    "net_local": "MB/s",
    "disk_read": "MB/s",
    "disk_write": "MB/s",
    "disk_busy": "%",
    "db_connections": "",
    "db_active": "",
    "db_lock_waits": "",
    "db_cpu": "%",
    "db_statements": "/s",
    "loop_lag": "ms",
    "in_flight": "",
    "request_time": "ms",
    "thread_wait": "ms",
    "db_pool_wait": "ms",
    "http_wait": "ms",
    "gc": "%",
}
"""As they are written behind a number. The signals are those of `loadcell.monitors.signals`; a test holds them together."""


def is_time(metric: str) -> bool:
    """Whether the metric is a response time."""
    return metric in ("avg", "min", "max") or PERCENTILE.fullmatch(metric) is not None


def factor_of(metric: str, unit: str) -> float | None:
    """What a number with this unit is multiplied by; None if the metric does not come in it."""
    if is_time(metric):
        return TIME_UNITS.get(unit)
    if metric == "error_rate":
        return {"%": 0.01, "": 1.0}.get(unit)
    if metric in ("rps", "ok_rps"):
        return {"/s": 1.0, "": 1.0, "rps": 1.0}.get(unit)
    if metric == "recovery":
        return WINDOW_UNITS.get(unit, {"ms": 0.001}.get(unit))
    own = SIGNAL_UNITS.get(metric.removeprefix(SERVER))
    if own == "ms" and unit:
        return TIME_UNITS.get(unit)
    return 1.0 if unit in ("", own) or own is None else None


def example_of(metric: str) -> str:
    """A limit that the metric could have, for those who wrote another."""
    if is_time(metric):
        return "300ms (or µs, s)"
    if metric.startswith(SERVER):
        return f"80{SIGNAL_UNITS.get(metric.removeprefix(SERVER), '')}"
    return {"error_rate": "1% or 0.01", "recovery": "30s"}.get(metric, "500 or 500/s")
