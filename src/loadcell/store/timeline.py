"""Rows of a run file in the order of time → points of a timeline, with percentiles over a sliding window."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from loadcell.histogram import Histogram
from loadcell.store.figures import Point
from loadcell.store.window import RollingLatency


class Row(NamedTuple):
    """What one entry did in one second; several may be of the same second."""

    second: int
    requests: int
    failures: int
    interrupted: int
    timeouts: int
    received: int
    total_us: int
    untimed: int
    min_us: int | None
    max_us: int | None
    ok: bytes | None
    failed: bytes | None


def timeline(seconds: Iterable[tuple[int, int, float]], rows: Iterable[Row], step_s: int, window: int) -> Iterator[Point]:
    """A point for every `step_s` seconds from 0 to the last (second, users, measured seconds) of `seconds`.

    Percentiles are over the last `window` points. `rows` must be in the order of time.
    """
    measured: dict[int, list[tuple[int, float]]] = {}
    for second, users, length in seconds:
        measured.setdefault(second // step_s, []).append((users, length))
    recent: deque[Histogram] = deque()
    rolling = RollingLatency()
    source = iter(rows)
    row = next(source, None)
    for step in range(max(measured, default=-1) + 1):
        known = measured.get(step, [])
        point = Point(
            start_s=step * step_s,
            measured_s=sum(length for _, length in known),
            users=max((users for users, _ in known), default=None),
        )
        latency = Histogram()
        while row is not None and row.second // step_s <= step:
            _count(point, row)
            latency.merge_bytes(row.ok or b"")
            latency.merge_bytes(row.failed or b"")
            row = next(source, None)
        if window == 1:
            found = [us and us / 1000 for us in latency.percentiles((50, 95, 99))]
        else:
            rolling.add(latency)
            recent.append(latency)
            if len(recent) > window:
                rolling.remove(recent.popleft())
            found = rolling.percentiles_ms((50, 95, 99))
        point.p50_ms, point.p95_ms, point.p99_ms = found
        yield point


def _count(point: Point, row: Row) -> None:
    point.requests += row.requests
    point.failures += row.failures
    point.interrupted += row.interrupted
    point.timeouts += row.timeouts
    point.received += row.received
