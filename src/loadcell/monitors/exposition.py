"""A page of Prometheus metrics, parsed; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

Series = tuple[str, frozenset[tuple[str, str]]]
"""A sample's name and its labels."""
_COUNTING = ("_total", "_bucket", "_count", "_sum")
_START = "process_start_time_seconds"


class Sample(NamedTuple):
    """One line of the page."""

    labels: Mapping[str, str]
    value: float


class Page:
    """The samples of one scrape."""

    def __init__(self, samples: Mapping[str, list[Sample]], counters: Mapping[Series, float]) -> None:
        self._samples = samples
        self.counters = counters
        """Those that never fall while a process lives."""

    @property
    def names(self) -> set[str]:
        """The names of all samples."""
        return set(self._samples)

    @property
    def started(self) -> float | None:
        """When the process began that the page is of; None if it doesn't say, as pages of several processes."""
        return self.first(_START)

    def of(self, name: str) -> list[Sample]:
        """All samples of a name."""
        return self._samples.get(name, [])

    def ending(self, suffix: str) -> str | None:
        """The name that is `suffix`, or ends with it after the service's own prefix; None if there is none."""
        return next((name for name in sorted(self._samples, key=len) if name == suffix or name.endswith(f"_{suffix}")), None)

    def first(self, name: str) -> float | None:
        """The value of a name that has no labels."""
        samples = self.of(name)
        return samples[0].value if samples else None

    def total(self, name: str, label: str) -> dict[str, float]:
        """The values of a name, added up by one label."""
        found: dict[str, float] = {}
        for sample in self.of(name):
            key = sample.labels.get(label, "")
            found[key] = found.get(key, 0.0) + sample.value
        return found


def parse(text: str) -> Page:
    """Parse a page. ValueError if it is none, or holds nothing."""
    samples: dict[str, list[Sample]] = {}
    counters: dict[Series, float] = {}
    for family in text_string_to_metric_families(text):
        counts = family.type in ("counter", "histogram")
        for sample in family.samples:
            samples.setdefault(sample.name, []).append(Sample(sample.labels, sample.value))
            if counts and sample.name.endswith(_COUNTING):
                counters[sample.name, frozenset(sample.labels.items())] = sample.value
    if not samples:
        raise ValueError("no metrics")
    return Page(samples, counters)


def buckets(page: Page, name: str) -> Iterator[tuple[float, float]]:
    """Upper bounds and cumulated counts of a histogram, all labels added up, in rising order."""
    totals = page.total(f"{name}_bucket", "le")
    yield from sorted((float(bound), count) for bound, count in totals.items())
