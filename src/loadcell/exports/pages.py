"""Families as prometheus_client knows them; it writes the pages, in the text form and as OpenMetrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from wsgiref.types import WSGIApplication

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from loadcell.exports.families import Distribution, Family

PREFIX = "loadcell_"
_ENDLESS = "+Inf"


class FamiliesCollector(Collector):
    """Asks for the families anew at each scrape."""

    def __init__(self, families: Callable[[], Iterable[Family]]) -> None:
        """`families` is called in the threads of the scrapes."""
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """All families that have samples."""
        return (metric_of(family) for family in self._families() if family.samples)

    def describe(self) -> Iterable[Metric]:
        """None: names are ours alone, and nothing need be collected to know them."""
        return ()


def page_of(families: Callable[[], Iterable[Family]]) -> WSGIApplication:
    """An application that answers every path with the page, in the form that was asked for."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(FamiliesCollector(families))
    page: WSGIApplication = make_wsgi_app(registry)
    return page


def written(families: Iterable[Family], accept: str) -> tuple[str, bytes]:
    """The page in the form that was asked for (Accept): its content type, and itself."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(FamiliesCollector(lambda: families))
    write, kind = choose_encoder(accept)
    return kind, write(registry)


def metric_of(family: Family) -> Metric:
    """A family in prometheus_client's words."""
    name = f"{PREFIX}{family.name}"
    labels = tuple(family.samples[0].labels)
    if family.kind == "info":
        info = InfoMetricFamily(name, family.help, labels=())
        for sample in family.samples:
            info.add_metric((), dict(sample.labels))
        return info
    suffix = family.unit.suffix
    # A rate is no unit of OpenMetrics, so it is only part of the name.
    unit = "" if suffix.endswith("per_second") else suffix
    if suffix and not unit:
        name = f"{name}_{suffix}"
    if family.kind == "histogram":
        return _histogram(name, family, labels, unit)
    metric: CounterMetricFamily | GaugeMetricFamily
    if family.kind == "counter":
        metric = CounterMetricFamily(name, family.help, labels=labels, unit=unit)
    else:
        metric = GaugeMetricFamily(name, family.help, labels=labels, unit=unit)
    for sample in family.samples:
        assert not isinstance(sample.value, Distribution)
        metric.add_metric([sample.labels[label] for label in labels], sample.value)
    return metric


def _histogram(name: str, family: Family, labels: tuple[str, ...], unit: str) -> HistogramMetricFamily:
    metric = HistogramMetricFamily(name, family.help, labels=labels, unit=unit)
    bounds = [*map(floatToGoString, family.bounds), _ENDLESS]
    for sample in family.samples:
        value = sample.value
        assert isinstance(value, Distribution)
        buckets = list(zip(bounds, accumulate(value.counts), strict=True))
        metric.add_metric([sample.labels[label] for label in labels], buckets, value.sum)
    return metric
