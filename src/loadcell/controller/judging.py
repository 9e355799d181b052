"""What is demanded of a run, and how it stands: objectives and validity, second by second; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loadcell.controller.objectives import Judge
from loadcell.controller.stages_judged import Held
from loadcell.controller.validity import Validity
from loadcell.messages import Interval
from loadcell.objectives import Objective, Result
from loadcell.plan import Arrivals, Course, Plan

_EDGE_S = 0.1
"""A second begins and ends a little early or late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What is asked of a run beside its figures."""

    objectives: Sequence[Objective] = ()
    abort_on_fail: bool = False
    """End the run as soon as an objective fails."""
    fail_on_invalid: bool = False
    """Not only warn of generators that were the limit, whatever the objectives."""


class Judging:
    """A run before its judge: by the stages of its course, or `ramp` until all users are there and then `load`."""

    def __init__(self, demands: Demands, course: Course | None = None) -> None:
        self._demands = demands
        self._course = course
        self._judge = Judge(demands.objectives)
        self._validity = Validity()
        self._all_there_s: float | None = None
        self._ended_s: float | None = None

    def all_there(self, at_s: float) -> None:
        """All users are started, `at_s` seconds after the start."""
        if self._all_there_s is None:
            self._all_there_s = at_s

    def ended(self, at_s: float) -> None:
        """The users are being stopped, since `at_s` seconds after the start: from here on nothing is judged."""
        self._ended_s = at_s

    def changed(self, at_s: float, level: float, pace: float) -> None:
        """Somebody has changed the load, `at_s` seconds after the start."""
        if self._course is not None:
            self._course = self._course.changed(at_s, level, pace)

    def add(self, interval: Interval, load: Plan | Arrivals) -> None:
        """Take in one second, in which the load was that of this plan."""
        if self._ended_s is not None and (interval.start_s + interval.end_s) / 2 >= self._ended_s:
            return
        held = self._held(interval, load)
        self._validity.add(interval, ramp=held.phase == "ramp")
        self._judge.add(interval, held)

    def seen(self, second: int, signals: Mapping[str, float]) -> None:
        """Take in what the service felt in one second of the run; the second itself may come before or after."""
        self._judge.seen(second, signals)

    def _held(self, interval: Interval, load: Plan | Arrivals) -> Held:
        phase, number = self._stage(interval)
        level: float | None = load.level(interval.start_s + _EDGE_S)
        if load.level(interval.end_s - _EDGE_S) != level:
            level = None
        if isinstance(load, Arrivals):
            return Held(phase=phase, number=number, rate=level)
        # Users that ended by themselves are part of the plan and not of the load.
        return Held(phase=phase, number=number, users=level if interval.users == level else None)

    def _stage(self, interval: Interval) -> tuple[str, int]:
        """The phase that a second belongs to, and which stage of the run it is."""
        if self._course is None:
            there_s = self._all_there_s
            ramp = there_s is None or interval.second < math.ceil(there_s - _EDGE_S)
            return ("ramp", 0) if ramp else ("load", 1)
        for number, row in enumerate(self._course.rows()):
            if row.start_s <= interval.start_s + _EDGE_S and interval.end_s - _EDGE_S <= row.end_s:
                return row.phase, number
        return "ramp", -1  # On the border of two, or after the end.

    def phase(self, at_s: float) -> str:
        """The phase of the load `at_s` seconds after the start; empty after the last."""
        if self._course is None:
            return "ramp" if self._all_there_s is None else "load"
        return next((row.phase for row in self._course.rows() if row.start_s <= at_s < row.end_s), "")

    def to_abort(self) -> list[str]:
        """Why the run is to be ended before its time, one sentence each; none where it goes on."""
        if not self._demands.abort_on_fail or self._ended_s is not None:
            return []
        return self._judge.failed_now()

    def results(self) -> tuple[Result, ...]:
        """How the objectives were kept."""
        return tuple(self._judge.results())

    def invalid(self) -> tuple[str, ...]:
        """Why the run says nothing about the service, one sentence each; none where it does."""
        missed = any(result.passed is False for result in self._judge.results())
        return tuple(self._validity.reasons() or ([] if missed else self._validity.shortfall()))

    @property
    def valid(self) -> bool:
        """Whether the generators were not the limit of the run so far."""
        return not self._validity.reasons()

    @property
    def verdict_wanted(self) -> bool:
        """Whether an invalid run must not pass for a valid one."""
        return bool(self._demands.objectives) or self._demands.fail_on_invalid
