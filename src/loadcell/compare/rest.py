"""The totals of an entry without one part of its time: percentiles are looked up in what is there, not counted again."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from loadcell.histogram import Histogram, middle_of, rank_of
from loadcell.store import EntryTotals


class Latency(Protocol):
    """Response times that can be asked for their percentiles."""

    def percentile(self, percent: float) -> float | None:
        """In µs; None where there are none."""


class Counted(Protocol):
    """What figures are made of."""

    @property
    def requests(self) -> int:
        """How many there were."""

    @property
    def failures(self) -> int:
        """How many of them failed."""

    @property
    def avg_us(self) -> float | None:
        """The mean response time; None where nothing was timed."""

    @property
    def latency(self) -> Latency:
        """All response times."""


class Ranked:
    """A histogram whose ranks can be looked up."""

    def __init__(self, histogram: Histogram) -> None:
        pairs = sorted(histogram.counts.items())
        self.buckets = [bucket for bucket, _ in pairs]
        self.sums = [0, *accumulate(count for _, count in pairs)]

    @property
    def total(self) -> int:
        """How many latencies there are."""
        return self.sums[-1]

    def up_to(self, bucket: int) -> int:
        """How many of them are in this bucket or below."""
        return self.sums[bisect_right(self.buckets, bucket)]


@dataclass(frozen=True, slots=True)
class _RestLatency:
    whole: Ranked
    left_out: Ranked

    def percentile(self, percent: float) -> float | None:
        total = self.whole.total - self.left_out.total
        if not total:
            return None
        rank = rank_of(total, percent)
        low, high = 0, len(self.whole.buckets) - 1
        while low < high:
            middle = (low + high) // 2
            seen = self.whole.sums[middle + 1] - self.left_out.up_to(self.whole.buckets[middle])
            low, high = (low, middle) if seen >= rank else (middle + 1, high)
        return middle_of(self.whole.buckets[low])


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of an entry."""

    requests: int
    failures: int
    avg_us: float | None
    latency: Latency


def rests(whole: EntryTotals, parts: Sequence[EntryTotals]) -> list[Rest]:
    """The whole without the first part, without the second …"""
    ranked = Ranked(whole.latency)
    found = []
    for part in parts:
        timed = whole.requests - whole.untimed - part.requests + part.untimed
        found.append(
            Rest(
                requests=whole.requests - part.requests,
                failures=whole.failures - part.failures,
                avg_us=(whole.total_us - part.total_us) / timed if timed > 0 else None,
                latency=_RestLatency(ranked, Ranked(part.latency)),
            )
        )
    return found
