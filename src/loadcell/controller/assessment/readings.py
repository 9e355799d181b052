"""What a stage says: its figures, how it kept the objectives, what the generators had to spare; pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from loadcell.controller.assessment.steps import Stage
from loadcell.controller.objectives import Counted, Figures, measure
from loadcell.controller.search import Measured
from loadcell.controller.search.seconds import Second
from loadcell.controller.search.steady import warm_up_of
from loadcell.histogram import Histogram
from loadcell.messages import Interval
from loadcell.objectives import Objective
from loadcell.validity import LEAD, MAX_CPU

_REFUSED = re.compile(
    r"(ConnectionRefusedError|ConnectionResetError|ConnectionAbortedError|BrokenPipeError|RemoteDisconnected|ConnectTimeout|"
    r"ConnectionError)\("
)
"""How the failures of connections begin that a service refuses, resets or lets hang."""
REFUSED_SHARE = 0.1
"""From this share of the requests on, refused connections are what a load is about."""
_NOTHING = 1e9
"""The margin of an objective of which nothing could be measured: as missed as can be."""


def figures_of(intervals: Iterable[Interval], objective: Objective | None = None) -> Figures:
    """The figures of these seconds: of the objective's entry, or of all."""
    counted: dict[int, Counted] = {}
    for interval in intervals:
        one = counted.setdefault(interval.second, Counted(seconds=interval.end_s - interval.start_s))
        for counts in interval.entries:
            if objective is None or objective.is_about(counts.method, counts.name):
                one.add(counts)
    return Figures(counted.values())


def seconds_of(stage: Stage) -> list[Second]:
    """The seconds of a stage, as the judges of signs and recovery read them."""
    merged: dict[int, Second] = {}
    for interval in stage.intervals:
        known = merged.get(interval.second, Second(stage.level))
        failures = timeouts = 0
        for counts in interval.entries:
            known.ok.merge_bytes(counts.ok)
            failures += counts.failures
            timeouts += counts.timeouts
        refused = sum(error.occurrences for error in interval.errors if _REFUSED.match(error.error))
        merged[interval.second] = Second(
            stage.level,
            known.ok,
            known.failures + failures,
            known.timeouts + timeouts,
            known.refused + refused,
        )
    return [merged[second] for second in sorted(merged)]


GROWN_S = 60.0
"""What takes longer to show is no matter of a trial."""
STEADY_S = 8
"""A shorter stage is too short to tell warm-up from chance."""


def warm_up_s(stage: Stage) -> int | None:
    """How many seconds at its beginning the service was not yet as later, in throughput or median response time.

    None if it never became steady; 0 for a stage too short to tell, or without answers.
    """
    seconds = seconds_of(stage)
    if len(seconds) < STEADY_S or not all(second.served for second in seconds):
        return 0
    spans = stage.spans
    served = [second.served / spans[at] for at, second in zip(sorted(spans), seconds, strict=True)]
    return warm_up_of([served, [second.ok.percentile(50) or 0.0 for second in seconds]])


def dropped(intervals: Iterable[Interval]) -> int:
    """Iterations that were due and had no user to execute them."""
    return sum(interval.starts.dropped for interval in intervals if interval.starts is not None)


def due(intervals: Iterable[Interval], per_iteration: float) -> int | None:
    """Requests that should have been made, at so many for each iteration; None in the closed model."""
    starts = [interval.starts for interval in intervals if interval.starts is not None]
    return round(sum(one.due for one in starts) * per_iteration) if starts else None


def per_iteration(stages: Iterable[Stage]) -> float:
    """How many requests an iteration makes; 1 in the closed model, where nobody asks.

    Of a few iterations one request more or less at either end would already look like work that piles up.
    """
    intervals = [interval for stage in stages for interval in stage.intervals]
    started = sum(interval.starts.started for interval in intervals if interval.starts is not None)
    return figures_of(intervals).requests / started if started else 1.0


def trial_of(stage: Stage, objectives: Sequence[Objective], requests_per_iteration: float = 1.0) -> Measured:
    """What the stage means to the search: how close each objective that limits the load is to being missed."""
    everything = figures_of(stage.intervals)
    lost = dropped(stage.intervals)
    bad: dict[str, float] = {}
    margin: dict[str, float] = {}
    for objective in objectives:
        figures = everything if objective.entry is None else figures_of(stage.intervals, objective)
        if not figures.requests and objective.entry is not None:
            continue  # Not in this stage: a rare request says nothing about it.
        found = measure(objective, figures)
        if found is None:
            margin[objective.text] = _NOTHING
        else:
            margin[objective.text] = min(found / objective.limit if objective.limit else math.inf, _NOTHING)
        if objective.percent is not None:
            share = _share_over(stage, objective, lost)
            bad[objective.text] = share / (1 - objective.percent / 100)
        elif objective.metric == "error_rate":
            offered = figures.requests + lost
            bad[objective.text] = (
                (figures.failures + lost) / offered / objective.limit if offered and objective.limit else 0.0
            )
    return Measured(
        load=stage.level,
        duration_s=stage.seconds,
        offered=due(stage.intervals, requests_per_iteration) or everything.requests,
        ok_rps=everything.ok_rps or 0.0,
        failed=everything.failures,
        bad=bad,
        margin=margin,
        grows=grows(stage, min((one.limit for one in objectives if one.metric != "error_rate"), default=math.inf)),
    )


def grows(stage: Stage, limit_ms: float) -> bool:
    """Whether response times grow from second to second, so fast that they reach the limit within `GROWN_S`.

    A queue that grows steadily makes nearly every request of a second longer than nearly every one of the second before;
    one that only comes and goes by chance does not. The first and the last second may be no whole ones, and are as good.
    """
    spans = [(s.ok.percentile(10), s.ok.percentile(50), s.ok.percentile(90)) for s in seconds_of(stage) if s.served]
    if len(spans) < 3:
        return False
    known = [(low or 0.0, middle or 0.0, high or 0.0) for low, middle, high in spans]
    apart = all(later[0] > earlier[2] for earlier, later in pairwise(known))
    rate_ms = (known[-1][1] - known[0][1]) / (len(known) - 1) / 1000
    return apart and rate_ms * GROWN_S > limit_ms


def _share_over(stage: Stage, objective: Objective, lost: int) -> float:
    """The share of what was to succeed that took longer than the limit, timed out or was never sent."""
    latency = Histogram()
    timeouts = 0
    for interval in stage.intervals:
        for counts in interval.entries:
            if objective.is_about(counts.method, counts.name):
                latency.merge_bytes(counts.ok)
                timeouts += counts.timeouts
    over = sum(count for us, count in latency.buckets() if us > objective.limit * 1000)
    total = latency.total + timeouts + lost
    return (over + timeouts + lost) / total if total else 1.0


def limits(objective: Objective) -> bool:
    """Whether more load can make a service miss it: those are what the capacity is searched by."""
    upper = objective.comparison in ("<", "<=")
    measurable = objective.metric != "recovery" and not objective.metric.startswith("server.")
    anywhere = objective.at_users is None and objective.at_rate is None
    return upper and measurable and anywhere and objective.metric not in ("rps", "ok_rps")


def busiest(intervals: Iterable[Interval]) -> float:
    """The mean CPU of the busiest generator, in % of a core."""
    cpu: dict[str, list[float]] = {}
    for interval in intervals:
        for name, health in interval.health.items():
            if name != LEAD:
                cpu.setdefault(name, []).append(health.cpu)
    return max((sum(values) / len(values) for values in cpu.values()), default=0.0)


def generator_limited(stage: Stage) -> bool:
    """Whether the generators had no time left at this load.

    Users whose connections are refused try again at once: that makes generators busy, and is the service's limit.
    """
    if busiest(stage.intervals) <= MAX_CPU:
        return False
    seconds = seconds_of(stage)
    tried = sum(second.served + second.failures for second in seconds)
    return sum(second.refused for second in seconds) <= REFUSED_SHARE * tried


GONE_S = 3.0
"""From how many seconds on, in which nothing is answered, a service counts as gone."""
_TRIED = 10
"""How many answers should have come in the meantime: few users rightly say nothing for some seconds."""


def is_gone(intervals: Sequence[Interval], expected_rps: float) -> bool:
    """Whether in the last seconds nothing succeeded, though `expected_rps` requests/s should have, or requests failed."""
    quiet: list[Interval] = []
    for interval in reversed(intervals):
        if any(counts.requests > counts.failures for counts in interval.entries):
            break
        quiet.append(interval)
    seconds = len({interval.second for interval in quiet})
    failures = sum(counts.failures for interval in quiet for counts in interval.entries)
    return seconds >= GONE_S and (failures >= 1 or expected_rps * seconds >= _TRIED)


COLLAPSE = 0.9
"""Throughput has collapsed when no more than this share of the best is left."""
COLLAPSE_S = 3
"""A shorter stage says nothing about throughput: the load may just have changed."""


def collapse(stages: Sequence[Stage]) -> Stage | None:
    """The stage with the least load at which successes/s are a tenth below what a lower load brought, and not by chance.

    Whole stages are compared: among many single seconds, one is always the worst.
    """
    best, best_s = 0.0, 1.0
    for stage in sorted(stages, key=lambda stage: (stage.level, stage.start_s)):
        if stage.rest or stage.seconds < COLLAPSE_S:
            continue
        rate = figures_of(stage.intervals).ok_rps or 0.0
        # Four times the error of a difference of counts: the best of many stages was lucky, the worst unlucky.
        chance = 4 * math.sqrt(best / best_s + rate / stage.seconds)
        if rate <= COLLAPSE * best and best - rate > chance:
            return stage
        if rate > best:
            best, best_s = rate, stage.seconds
    return None
