"""Situations as the monitors would have read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from loadcell.diagnosis.situation import Client, Level, Situation

Readings = dict[str, Any]
Make = Callable[..., Situation]

CALM: Readings = {
    "workers": 1.0,
    "service_cores": 4.0,
    "host_cores": 4.0,
    "host_cpu": 20.0,
    "worker_cpu": {"7": 40.0},
    "loop_cpu": {"7": 35.0},
    "loop_wait": {"7": 2.0},
    "worker_wait": {"7": 2.0},
    "loop_idle": {"7": 60.0},
    "loop_running": {"7": 38.0},
    "sockets_unread": {"8000": 0.0},
    "worker_threads": {"7": 6.0},
}
"""One worker on four cores, a third busy."""
PROBED: Readings = {
    "requests_finished": {"7": 100.0},
    "request_time": {"7": 100.0},
    "requests_in_flight": {"7": 10.0},
    "request_thread_wait": {"7": 0.0},
    "request_pool_wait": {"7": 0.0},
    "request_db_connect": {"7": 0.0},
    "request_db": {"7": 0.0},
    "request_http": {"7": 0.0},
    "request_http_wait": {"7": 0.0},
    "request_rest": {"7": 100.0},
    "request_statements": {"7": 0.0},
    "loop_busy": {"7": 40.0},
    "gc_time": {"7": 1.0},
    "gc_longest": {"7": 10.0},
}
"""What a probe in that worker tells: requests of 100 ms, 100 a second."""


def level(name: str, readings: Readings, peaks: Readings | None = None, **client: Any) -> Level:
    """A load with readings by signal, or by signal and what they are about."""

    def values(found: Readings) -> dict[str, dict[str, float]]:
        return {signal: value if isinstance(value, dict) else {"": value} for signal, value in found.items()}

    generator_cpu = client.pop("generator_cpu", 20.0)
    figures: dict[str, Any] = {"seconds": 10.0, "requests": 1000, "mean": 100.0, "p50": 100.0, "p95": 200.0, "p99": 300.0}
    means = values(readings)
    return Level(
        name=name,
        load="20 users",
        client=Client(**(figures | client)),
        means=means,
        peaks=means | values(peaks or {}),
        generator_cpu=generator_cpu,
        generators_cpu=generator_cpu,
    )


@pytest.fixture
def make() -> Make:
    """A situation: the calm service, with readings changed by keyword.

    `probe=True` adds a probe; `low` holds readings of the low load (None: there was none), `client` and `low_client` what
    the generators measured; `more` is for further fields of the situation.
    """

    def situation(
        *,
        probe: bool = False,
        low: Readings | None = {},  # noqa: B006
        client: Readings | None = None,
        low_client: Readings | None = None,
        peaks: Readings | None = None,
        more: dict[str, Any] | None = None,
        **readings: Any,
    ) -> Situation:
        base = CALM | (PROBED if probe else {})
        before = None
        if low is not None:
            quick = {"requests": 100, "mean": 25.0, "p50": 25.0, "p95": 30.0, "p99": 40.0}
            before = level("low", base | low, **(quick | (low_client or {})))
        high = level("high", base | readings, peaks, **(client or {}))
        return Situation(high=high, low=before, **(more or {}))

    return situation
