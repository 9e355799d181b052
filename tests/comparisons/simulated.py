"""Runs of a simulated service: one server, requests that come by chance and wait in line (M/M/1).

Its response times are exponential with the rate µ - λ, so every figure is known exactly, and neighbours are as alike as the
utilisation makes them: the hardest that a comparison meets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loadcell.compare.cases import Case, cases, judged
from loadcell.compare.estimate import PARTS
from loadcell.compare.figures import Figure, figures
from loadcell.compare.measured import TOTAL, Measured
from loadcell.compare.result import Row, overall
from loadcell.compare.verdicts import Verdict
from loadcell.diagnosis import Window
from loadcell.histogram import SUB_BITS, Histogram
from loadcell.store import EntryTotals, merged

SERVICE_MS = 10.0
SECONDS = 120
_BEFORE_S = 60
"""The service has been busy for so long when the run begins."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service at one load."""

    utilisation: float
    """Of the service before the change."""
    noise: float = 0.0
    """By which share its service time differs from run to run (one standard deviation)."""
    slower: float = 1.0
    """How many times its service time is that of the service before the change."""
    failing: float = 0.01
    """Which share of its requests fails."""

    def truth(self, figure: Figure) -> float:
        """A figure without noise, in ms, /s or as a share; infinite where the service can't carry the load."""
        arrivals = self.utilisation / SERVICE_MS
        left = 1 / (SERVICE_MS * self.slower) - arrivals
        if figure.name == "error_rate":
            return self.failing
        if figure.name == "ok_rps":
            return 1000 * arrivals * (1 - self.failing)
        mean = 1 / left if left > 0 else math.inf
        return mean if figure.percent is None else -math.log(1 - figure.percent / 100) * mean

    def run(self, rng: np.random.Generator) -> Measured:
        """One run of it."""
        arrivals = self.utilisation / SERVICE_MS
        service_ms = SERVICE_MS * self.slower * math.exp(rng.normal(0, self.noise))
        lasts_ms = 1000 * (_BEFORE_S + SECONDS)
        number = rng.poisson(lasts_ms * arrivals)
        at = np.sort(rng.uniform(0, lasts_ms, number))
        done = np.cumsum(rng.exponential(service_ms, number))
        # Lindley's recursion at once: a request begins when it is there and all before it are done.
        idle = np.maximum.accumulate(at - np.concatenate(([0.0], done[:-1])))
        took_us = 1000 * (done + idle - at)
        failed = rng.random(number) < self.failing
        part = ((at / 1000 - _BEFORE_S) / (SECONDS / PARTS)).astype(int)
        counted = at >= 1000 * _BEFORE_S
        parts = []
        for index in range(PARTS):
            chosen = counted & (part == index)
            parts.append(_totals(took_us[chosen & ~failed], took_us[chosen & failed]))
        return Measured(
            Window("load", 0, SECONDS, rate=1000 * arrivals),
            {TOTAL: merged(parts, *TOTAL)},
            {TOTAL: parts},
            [SECONDS // PARTS] * PARTS,
        )


def compared(before: list[Measured], after: list[Measured]) -> tuple[Verdict, list[Case], list[Row]]:
    """What a comparison says of the usual figures."""
    found = cases(before, after, figures(()), 0.05, [TOTAL])
    declared, entries = judged(found)
    return overall(declared, entries), found, declared


def _totals(ok_us: np.ndarray, failed_us: np.ndarray) -> EntryTotals:
    totals = EntryTotals(method=TOTAL[0], name=TOTAL[1], requests=len(ok_us) + len(failed_us), failures=len(failed_us))
    for times, histogram in ((ok_us, totals.ok), (failed_us, totals.failed)):
        totals.total_us += int(times.sum())
        _count(times.astype(np.int64), histogram)
    return totals


def _count(us: np.ndarray, histogram: Histogram) -> None:
    bits = np.frexp(np.maximum(us, 1))[1]
    shift = np.maximum(0, bits - SUB_BITS - 1)
    buckets, counts = np.unique((shift << SUB_BITS) + (us >> shift), return_counts=True)
    for bucket, count in zip(buckets.tolist(), counts.tolist(), strict=True):
        histogram.counts[bucket] += count
