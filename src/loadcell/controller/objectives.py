"""Whether a service keeps to its objectives: judged per stage and over sliding windows, from merged histograms; pure.

Percentiles are over successes, with time-outs as the longest of all: a p95 that falls among them is infinite. `avg`, `min`
and `max` are of successes, and one time-out makes `max` infinite. `rps` counts successes, as `ok_rps` does.

- Without a window, an objective must hold over each judged stage as a whole; ramps are not judged.
- `for 30s`: it must hold in each window of 30 s, moved on by a second, within judged stages; the worst is what it measured.
- `at 200 users`: only the seconds at which exactly that load was held count, all of them together.
- What could have been judged and never was has not passed; what such a run does not measure has neither passed nor failed.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import msgspec

from loadcell.controller.signal_objectives import SignalCase
from loadcell.controller.stages_judged import Held, is_judged, labels
from loadcell.histogram import Histogram
from loadcell.merge import EntryTotal
from loadcell.messages import EntryCounts, Interval
from loadcell.objectives import NOT_JUDGED, TIMED_OUT, Objective, Result, parse_objective
from loadcell.objectives.units import SERVER
from loadcell.store import EntryTotals, RollingLatency

GIVE_UP_S = 10.0
"""An objective without a window fails before the end when it is missed over so long, and over its stage so far as well."""
_TOLERANCE_S = 0.5
"""How much of a window may be missing: seconds begin and end a little early or late."""


@dataclass(slots=True, kw_only=True)
class Counted:
    """What was counted of some entries within `seconds`."""

    seconds: float = 0.0
    requests: int = 0
    failures: int = 0
    timeouts: int = 0
    ok: Histogram = field(default_factory=Histogram)

    def add(self, counts: EntryCounts | EntryTotal | EntryTotals) -> None:
        """Add an entry of the same seconds."""
        self.requests += counts.requests
        self.failures += counts.failures
        self.timeouts += counts.timeouts
        if isinstance(counts.ok, bytes):
            self.ok.merge_bytes(counts.ok)
        else:
            self.ok.merge(counts.ok)


class Figures:
    """Sums of what was counted, which may also be taken away again."""

    def __init__(self, counted: Iterable[Counted] = ()) -> None:
        self.seconds = 0.0
        self.requests = 0
        self.failures = 0
        self.timeouts = 0
        self._ok = RollingLatency()
        self._ok_us = 0.0
        for one in counted:
            self.add(one)

    def add(self, counted: Counted) -> None:
        """Count this as well."""
        self._ok.add(counted.ok)
        self._sum(counted, 1)

    def remove(self, counted: Counted) -> None:
        """Take away what was added before."""
        self._ok.remove(counted.ok)
        self._sum(counted, -1)

    def _sum(self, counted: Counted, sign: int) -> None:
        self.seconds += sign * counted.seconds
        self.requests += sign * counted.requests
        self.failures += sign * counted.failures
        self.timeouts += sign * counted.timeouts
        # Multiples of half a µs: the sum stays exact, however often they come and go.
        self._ok_us += sign * sum(us * count for us, count in counted.ok.buckets())

    @property
    def ok_rps(self) -> float | None:
        """Successes a second; None before any time has passed."""
        return (self.requests - self.failures) / self.seconds if self.seconds > 0 else None

    @property
    def error_rate(self) -> float | None:
        """The share of requests that failed; None without requests."""
        return self.failures / self.requests if self.requests else None

    @property
    def avg_ms(self) -> float | None:
        """The mean response time of successes; None without any."""
        return self._ok_us / self._ok.total / 1000 if self._ok.total else None

    def percentile_ms(self, percent: float) -> float | None:
        """Over successes, time-outs being the longest; infinite if it falls among those, None without either."""
        total = self._ok.total + self.timeouts
        if not total:
            return None
        rank = max(1, min(total, math.ceil(total * percent / 100 - 1e-9)))
        return math.inf if rank > self._ok.total else self._ok.percentile_ms(100 * rank / self._ok.total)


def measure(objective: Objective, figures: Figures) -> float | None:
    """What the objective's metric is over these figures, in the unit of its limit; None where there is nothing to tell."""
    if objective.percent is not None:
        return figures.percentile_ms(objective.percent)
    match objective.metric:
        case "avg":
            return figures.avg_ms
        case "min":
            return figures.percentile_ms(0)
        case "max":
            return figures.percentile_ms(100)
        case "error_rate":
            return figures.error_rate
        case "rps" | "ok_rps":
            return figures.ok_rps
    return None


def not_measured(objective: Objective) -> str:
    """Why a run under load alone can't judge this objective; empty if it can."""
    if objective.metric == "recovery":
        return "there was no stress to recover from"
    return ""


class Judge:
    """Judges a run's objectives while its seconds come in."""

    def __init__(self, objectives: Sequence[Objective]) -> None:
        self._cases = [_Case(objective) for objective in objectives if not objective.metric.startswith(SERVER)]
        self._signals = [SignalCase(objective) for objective in objectives if objective.metric.startswith(SERVER)]
        self._order = [objective.text for objective in objectives]
        self._measured: deque[int] = deque(maxlen=60)
        """The last seconds that came in: more that comes for one of them is late, and makes it no longer."""
        self._entries: set[tuple[str, str]] = set()

    def add(self, interval: Interval, stage: Held) -> None:
        """Take in one second, or what comes late for one."""
        for signal in self._signals:
            signal.held(interval.second, stage)
        if not self._cases:
            return
        seconds = 0.0 if interval.second in self._measured else interval.end_s - interval.start_s
        self._measured.append(interval.second)
        self._entries.update((counts.method, counts.name) for counts in interval.entries)
        counted: dict[str | None, Counted] = {}
        for case in self._cases:
            entry = case.objective.entry
            if entry not in counted:
                counted[entry] = Counted(seconds=seconds)
                for counts in interval.entries:
                    if case.objective.is_about(counts.method, counts.name):
                        counted[entry].add(counts)
            case.add(interval.second, counted[entry], stage)

    def seen(self, second: int, signals: Mapping[str, float]) -> None:
        """Take in what the service felt in one second."""
        for case in self._signals:
            case.seen(second, signals)

    def failed_now(self) -> list[str]:
        """A sentence for each objective that fails whatever comes; what it says stays true in `results`."""
        found = [case.failed_now() for case in self._cases] + [signal.failed_now() for signal in self._signals]
        return [told for told in found if told]

    def results(self) -> list[Result]:
        """How each objective was kept, stage by stage."""
        found = [result for case in self._cases for result in case.results(self._entries)]
        found += [result for signal in self._signals for result in signal.results()]
        return sorted(found, key=lambda result: self._order.index(result.text))


def sentence(result: Result) -> str:
    """How the objective was kept, in words."""
    place = f" ({result.stage})" if result.stage else ""
    if result.measured is None:
        return f"{result.text}: {'not measured: ' if result.passed is None else ''}{result.reason}{place}"
    return f"{result.text}: it was {parse_objective(result.text).shown(result.measured)}{place}"


class _Window:
    """The last seconds, as many as the window is long."""

    def __init__(self, seconds: float) -> None:
        self._size = seconds
        self._kept: deque[tuple[int, Counted]] = deque()
        self.figures = Figures()

    def add(self, second: int, counted: Counted) -> None:
        self._kept.append((second, counted))
        self.figures.add(counted)
        while self._kept[0][0] <= second - self._size:
            self.figures.remove(self._kept.popleft()[1])

    def clear(self) -> None:
        if self._kept:
            self._kept.clear()
            self.figures = Figures()

    @property
    def full(self) -> bool:
        return self.figures.seconds >= self._size - _TOLERANCE_S


class _Case:
    """One objective, and what there is to judge it by."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self._window = _Window(objective.window_s or GIVE_UP_S)
        self._stages: dict[int, tuple[Held, Figures]] = {}
        """By stage number; objectives about one load have all under that of the first."""
        self._now: Figures | None = None
        """Those of the stage that the last second belongs to."""
        self._worst: tuple[float, Held] | None = None
        self._without_success = False
        """Whether there was a window without a success to measure."""
        self._held_s = 0.0
        self._gave_up = False

    def add(self, second: int, counted: Counted, stage: Held) -> None:
        if not_measured(self.objective):
            return
        if not is_judged(self.objective, stage):
            self._window.clear()
            self._now = None
            return
        about_one_load = self.objective.at_users is not None or self.objective.at_rate is not None
        number = next(iter(self._stages), stage.number) if about_one_load else stage.number
        known = self._stages.setdefault(number, (stage, Figures()))
        self._now = known[1]
        self._now.add(counted)
        self._held_s += counted.seconds
        self._window.add(second, counted)
        if self.objective.window_s is not None and self._window.full:
            self._over_window(self._window.figures, stage)

    def _over_window(self, figures: Figures, stage: Held) -> None:
        measured = measure(self.objective, figures)
        if measured is None:
            self._without_success = self._without_success or figures.requests > 0
        elif self._worst is None or self._is_worse(measured, self._worst[0]):
            self._worst = (measured, stage)

    def _is_worse(self, one: float, other: float) -> bool:
        return one > other if self.objective.comparison in ("<", "<=") else one < other

    def failed_now(self) -> str:
        objective = self.objective
        if self._now is None or not self._window.full:
            return ""
        if objective.window_s is not None:
            missed = self._missed(self._window.figures)
            told = f"over the last {objective.window_s:g} s"
        else:
            missed = self._missed(self._now) and self._missed(self._window.figures)
            told = f"over the last {GIVE_UP_S:g} s and the stage so far"
        if not missed:
            return ""
        self._gave_up = True
        measured = measure(objective, self._window.figures)
        return f"{objective.text}: {'no success' if measured is None else objective.shown(measured)} {told}"

    def _missed(self, figures: Figures) -> bool:
        measured = measure(self.objective, figures)
        return figures.requests > 0 if measured is None else not self.objective.holds(measured)

    def results(self, entries: set[tuple[str, str]]) -> list[Result]:
        text = self.objective.text
        if reason := not_measured(self.objective):
            return [Result(text=text, stage="", reason=reason)]
        if reason := self._never_there(entries):
            return [Result(text=text, stage="", passed=False, reason=reason)]
        if self.objective.window_s is not None:
            return [self._over_windows(self.objective.window_s)]
        names = labels([stage for stage, _ in self._stages.values()])
        results = [self._over_stage(found, name) for name, (_, found) in zip(names, self._stages.values(), strict=True)]
        if self._gave_up and all(result.passed for result in results):
            # What came in after the run was given up can't make good for it.
            results[-1] = msgspec.structs.replace(results[-1], passed=False)
        return results

    def _never_there(self, entries: set[tuple[str, str]]) -> str:
        """Why there was nothing to judge; empty if there was."""
        objective = self.objective
        if not self._stages:
            if objective.at_users is not None or objective.at_rate is not None:
                load = Held(phase="", users=objective.at_users, rate=objective.at_rate).load
                return f"{NOT_JUDGED}the load was never held at {load} for a whole second"
            return f"{NOT_JUDGED}the run ended before its full load was there"
        if objective.entry is not None and not any(objective.is_about(*entry) for entry in entries):
            known = sorted({f"{method} {name}".strip() for method, name in entries} | {name for _, name in entries})
            near = get_close_matches(objective.entry, known, n=1)
            return f"no request of '{objective.entry}' was made" + (f"; did you mean '{near[0]}'?" if near else "")
        return ""

    def _over_windows(self, window_s: float) -> Result:
        if self._worst is not None and not self._without_success:
            measured, stage = self._worst
            return self._result(measured, stage.phase)
        if self._without_success:
            reason = f"no request succeeded within {window_s:g} s"
        elif self._held_s >= window_s - _TOLERANCE_S:
            reason = f"{NOT_JUDGED}in no {window_s:g} s on end there was a request that tells"
        else:
            reason = f"{NOT_JUDGED}the load lasted {self._held_s:.0f} s, less than one window of {window_s:g} s"
        return Result(text=self.objective.text, stage="", passed=False, reason=reason)

    def _over_stage(self, figures: Figures, stage: str) -> Result:
        measured = measure(self.objective, figures)
        if measured is None:
            reason = "no request succeeded" if figures.requests else "no request was made"
            return Result(text=self.objective.text, stage=stage, passed=False, reason=reason)
        return self._result(measured, stage)

    def _result(self, measured: float, stage: str) -> Result:
        passed = self.objective.holds(measured)
        if math.isinf(measured):
            return Result(text=self.objective.text, stage=stage, passed=passed, reason=TIMED_OUT)
        return Result(text=self.objective.text, stage=stage, measured=measured, passed=passed)
