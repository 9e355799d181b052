"""Families as OpenTelemetry's data, since the start of the process or since the last time; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import sub
from typing import cast

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from loadcell.exports.families import Distribution, Family, Sample

Temporality = AggregationTemporality
Series = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Sent:
    """What was known at one moment, for what comes later to be counted from."""

    at_ns: int
    """In ns since the epoch."""
    values: Mapping[Series, float | Distribution] = field(default_factory=dict)


def metrics_data(
    families: Iterable[Family], resource: Resource, before: Sent, at_ns: int, *, delta: bool
) -> tuple[MetricsData, Sent]:
    """The data at `at_ns`, and what to count the next from.

    With `delta`, counters and histograms tell what was added since `before`, else since the start.
    """
    temporality = Temporality.DELTA if delta else Temporality.CUMULATIVE
    known: dict[Series, float | Distribution] = {}
    metrics = []
    for family in families:
        samples = family.samples
        if delta and family.kind in ("counter", "histogram"):
            since = []
            for sample in samples:
                series = (family.name, tuple(sample.labels.items()))
                known[series] = sample.value
                since.append(replace(sample, value=_grown(before.values.get(series), sample.value)))
            samples = tuple(since)
        if samples:
            metrics.append(_metric(family, samples, before.at_ns, at_ns, temporality))
    scope = ScopeMetrics(InstrumentationScope("loadcell"), metrics, "")
    return MetricsData([ResourceMetrics(resource, [scope], "")]), Sent(at_ns if delta else before.at_ns, known)


def _grown(before: float | Distribution | None, now: float | Distribution) -> float | Distribution:
    if before is None:
        return now
    if isinstance(now, Distribution):
        assert isinstance(before, Distribution)
        return Distribution(tuple(map(sub, now.counts, before.counts)), now.sum - before.sum)
    assert not isinstance(before, Distribution)
    return now - before


def _metric(
    family: Family, samples: Iterable[Sample], start_ns: int, at_ns: int, temporality: AggregationTemporality
) -> Metric:
    name = f"loadcell.{family.name}{'_info' if family.kind == 'info' else ''}"
    if family.kind == "histogram":
        points = [_distributed(sample, family.bounds, start_ns, at_ns) for sample in samples]
        return Metric(name, family.help, family.unit.code, Histogram(points, temporality))
    numbers = [NumberDataPoint(dict(each.labels), start_ns, at_ns, cast(float, each.value)) for each in samples]
    if family.kind == "counter":
        return Metric(name, family.help, family.unit.code, Sum(numbers, temporality, is_monotonic=True))
    return Metric(name, family.help, family.unit.code, Gauge(numbers))


def _distributed(sample: Sample, bounds: tuple[float, ...], start_ns: int, at_ns: int) -> HistogramDataPoint:
    value = cast(Distribution, sample.value)
    unknown = cast(float, None)  # Least and greatest may be left out, though the class does not say so.
    return HistogramDataPoint(
        dict(sample.labels), start_ns, at_ns, value.count, value.sum, value.counts, bounds, unknown, unknown
    )
