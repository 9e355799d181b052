"""Requests as the service counts them: the metrics of prometheus-fastapi-instrumentator, and those of the process; pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from loadcell.monitors.exposition import Page, Sample, buckets
from loadcell.monitors.rates import Rates
from loadcell.monitors.reading import Reading

_MOST_ENTRIES = 30
_OTHERS = "(others)"
_PROCESS = {"app_cpu": ("process_cpu_seconds_total", 100.0)}
_GAUGES = {"app_memory": ("process_resident_memory_bytes", 1e-6), "app_fds": ("process_open_fds", 1.0)}


class AppMetrics:
    """Reads pages one after the other."""

    def __init__(self) -> None:
        self._rates = Rates()
        self._busiest: list[str] = []

    @staticmethod
    def knows(page: Page) -> bool:
        """Whether the page has anything of this."""
        return (
            page.ending("http_requests_total") is not None or page.ending("http_request_duration_seconds_count") is not None
        )

    def readings(self, page: Page, now: float) -> Iterator[Reading]:
        """What was added since the page before."""
        if name := page.ending("http_requests_total"):
            yield from self._requests(page.of(name), now)
        if name := page.ending("http_request_duration_seconds_count"):
            yield from self._times(page, name.removesuffix("_count"), now)
        for name in ("http_request_duration_highr_seconds", "http_request_duration_seconds"):
            if bucketed := page.ending(f"{name}_bucket"):
                yield from self._p95(page, bucketed.removesuffix("_bucket"), now)
                break
        if name := page.ending("http_requests_inprogress"):
            yield Reading("app_in_progress", sum(sample.value for sample in page.of(name)))
        for signal, (name, factor) in _PROCESS.items():
            if (total := page.first(name)) is not None and (rate := self._rates.per_second(signal, total, now)) is not None:
                yield Reading(signal, rate * factor)
        for signal, (name, factor) in _GAUGES.items():
            if (value := page.first(name)) is not None:
                yield Reading(signal, value * factor)

    def _requests(self, samples: Sequence[Sample], now: float) -> Iterator[Reading]:
        rates: dict[str, float] = {}
        errors: dict[str, float] = {}
        for sample in samples:
            series = ("requests", *sorted(sample.labels.items()))
            if (rate := self._rates.per_second(series, sample.value, now)) is None:
                continue
            entry = entry_of(sample)
            rates[entry] = rates.get(entry, 0.0) + rate
            if sample.labels.get("status", "").startswith("5"):
                errors[entry] = errors.get(entry, 0.0) + rate
        for entry, rate in shortened(rates).items():
            yield Reading("app_requests", rate, entry)
        for entry, rate in shortened(errors).items():
            yield Reading("app_errors", rate, entry)

    def _times(self, page: Page, name: str, now: float) -> Iterator[Reading]:
        sums = added(page.of(f"{name}_sum"))
        for entry, count in added(page.of(f"{name}_count")).items():
            calls = self._rates.per_second(("count", entry), count, now)
            spent = self._rates.per_second(("sum", entry), sums.get(entry, 0.0), now)
            if calls and spent is not None:
                yield Reading("app_time", 1000 * spent / calls, entry)

    def _p95(self, page: Page, name: str, now: float) -> Iterator[Reading]:
        rates = [(bound, self._rates.per_second(("bucket", bound), count, now)) for bound, count in buckets(page, name)]
        known = [(bound, rate) for bound, rate in rates if rate is not None]
        if len(known) == len(rates) and (seconds := quantile(known, 0.95)) is not None:
            yield Reading("app_p95", 1000 * seconds)


def entry_of(sample: Sample) -> str:
    """Method and path of a sample, as far as it has them."""
    return " ".join(filter(None, (sample.labels.get("method"), sample.labels.get("handler") or sample.labels.get("path"))))


def added(samples: Sequence[Sample]) -> dict[str, float]:
    """Values added up by entry."""
    found: dict[str, float] = {}
    for sample in samples:
        found[entry_of(sample)] = found.get(entry_of(sample), 0.0) + sample.value
    return found


def shortened(rates: dict[str, float]) -> dict[str, float]:
    """The entries with the most, and the sum of all others."""
    order = sorted(rates, key=lambda entry: -rates[entry])
    kept = {entry: rates[entry] for entry in order[:_MOST_ENTRIES]}
    return kept | {_OTHERS: sum(rates[entry] for entry in order[_MOST_ENTRIES:])} if len(order) > _MOST_ENTRIES else kept


def quantile(cumulated: Sequence[tuple[float, float]], share: float) -> float | None:
    """A quantile of a histogram of upper bounds and cumulated counts, as far into its bucket as its rank is; None if empty.

    Where the rank is above the last finite bound, that bound.
    """
    if not cumulated or cumulated[-1][1] <= 0:
        return None
    rank = share * cumulated[-1][1]
    below, low = 0.0, 0.0
    for bound, count in cumulated:
        if count >= rank:
            return low if math.isinf(bound) else low + (bound - low) * (rank - below) / (count - below)
        below, low = count, bound
    return low
