"""Families as OpenTelemetry's data."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.resources import Resource

from loadcell.exports.families import SECONDS, Distribution, Family, Sample
from loadcell.exports.metrics_data import Sent, Temporality, metrics_data


def families(requests: int, *counts: int) -> list[Family]:
    return [
        Family("requests", "counter", "Requests", (Sample(requests, {"name": "/"}),)),
        Family("response_time", "histogram", "Times", (Sample(Distribution(counts, sum(counts) / 4)),), SECONDS, (0.5,)),
        Family("users", "gauge", "Users", (Sample(requests),)),
    ]


def told(before: Sent, now: list[Family], at_ns: int, *, delta: bool) -> tuple[dict[str, Any], Sent]:
    data, sent = metrics_data(now, Resource({}), before, at_ns, delta=delta)
    return {metric.name: metric.data for metric in data.resource_metrics[0].scope_metrics[0].metrics}, sent


def test_since_the_start() -> None:
    _, sent = told(Sent(1), families(3, 2, 1), 10, delta=False)
    found, _ = told(sent, families(5, 2, 3), 20, delta=False)
    point, times = found["loadcell.requests"].data_points[0], found["loadcell.response_time"].data_points[0]
    assert (point.value, point.start_time_unix_nano, point.time_unix_nano) == (5, 1, 20)
    assert (times.count, times.sum, list(times.bucket_counts), list(times.explicit_bounds)) == (5, 1.25, [2, 3], [0.5])
    assert found["loadcell.requests"].aggregation_temporality is Temporality.CUMULATIVE


def test_since_the_last_time() -> None:
    _, sent = told(Sent(1), families(3, 2, 1), 10, delta=True)
    found, _ = told(sent, families(5, 2, 3), 20, delta=True)
    point, times = found["loadcell.requests"].data_points[0], found["loadcell.response_time"].data_points[0]
    assert (point.value, point.start_time_unix_nano) == (2, 10)
    assert (times.count, times.sum, list(times.bucket_counts)) == (2, 0.5, [0, 2])
    assert found["loadcell.users"].data_points[0].value == 5, "a gauge is what it is"
    assert found["loadcell.requests"].aggregation_temporality is Temporality.DELTA
