"""What the service felt, as the document, the terminal and the page show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loadcell.monitors.signals import SIGNALS

LABELS = {
    "cpu": "CPU, of its cores",
    "loop_cpu": "CPU of the busiest event loop",
    "loop_wait": "waiting for a core, worst worker",
    "loop_lag": "event loop late, p99",
    "throttled": "throttled by its CPU limit",
    "memory": "memory",
    "memory_growth": "memory growth",
    "descriptors": "open files, of the limit",
    "workers": "workers",
    "in_flight": "requests in the service",
    "request_time": "time in the service, per request",
    "thread_wait": "waiting for a thread, per request",
    "db_pool_wait": "waiting for a database connection, per request",
    "http_wait": "waiting for an HTTP connection, per request",
    "gc": "garbage collection",
    "accept_queue": "connections not yet accepted",
    "unread_sockets": "requests not yet read",
    "db_connections": "database connections",
    "db_active": "database connections at work",
    "db_lock_waits": "database sessions waiting for a lock",
    "db_cpu": "database CPU, of one core",
    "db_statements": "statements",
    "host_cpu": "CPU of the whole machine",
    "host_steal": "CPU taken by the hypervisor",
    "memory_available": "memory available on the machine",
    "net_in": "network in",
    "net_out": "network out",
    "net_local": "network within the machine",
    "disk_read": "disk read",
    "disk_write": "disk written",
    "disk_busy": "busiest disk",
}
"""The signals in the order in which they are shown, in words."""
QUIET = (
    *("thread_wait", "db_pool_wait", "http_wait", "gc", "loop_wait", "throttled", "accept_queue", "unread_sockets"),
    *("db_lock_waits", "host_steal", "net_in", "net_out", "disk_read", "disk_write", "disk_busy", "memory_growth"),
)
"""Shown only where there was something of it."""
_NOTHING = 0.05


@dataclass(frozen=True, slots=True)
class Row:
    """One signal, in words."""

    label: str
    average: str
    greatest: str


def figures(
    seconds: Mapping[int, Mapping[str, float]], first: int = 0, last: int | None = None
) -> dict[str, dict[str, Any]]:
    """`server` of the document: of each signal its unit, and the least, mean and greatest of the seconds in between."""
    values: dict[str, list[float]] = {}
    for second, signals in seconds.items():
        if first <= second and (last is None or second < last):
            for signal, value in signals.items():
                values.setdefault(signal, []).append(value)
    return {
        signal: {
            "unit": SIGNALS.get(signal, ""),
            "min": round(min(found), 3),
            "avg": round(sum(found) / len(found), 3),
            "max": round(max(found), 3),
        }
        for signal, found in values.items()
    }


def rows(server: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    """What is worth a line, from `server` of the document."""
    shown = []
    for signal, label in LABELS.items():
        found = server.get(signal)
        if found is None or (signal in QUIET and abs(found["max"]) < _NOTHING):
            continue
        shown.append(Row(label, amount(found["avg"], found["unit"]), amount(found["max"], found["unit"])))
    return shown


def amount(value: float, unit: str) -> str:
    """A value with its unit and about three digits that matter.

    >>> amount(83.21, "%"), amount(1234.5, "MB"), amount(4.0, "")
    ('83.2 %', '1,234 MB', '4')
    """
    if value == round(value) and abs(value) < 1000:
        text = f"{value:.0f}"
    else:
        size = abs(value)
        text = f"{value:,.0f}" if size >= 1000 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
    return f"{text} {unit}".strip() if unit != "1/s" else f"{text}/s"
