"""What is demanded of a run, and how it stands: objectives and validity, second by second; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from loadcell.controller.objectives import Held, Judge
from loadcell.controller.validity import Validity
from loadcell.messages import Interval
from loadcell.objectives import Objective, Result
from loadcell.plan import Plan

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
    """A plain run before its judge: `ramp` until all users are there, then `load` until they are stopped."""

    def __init__(self, demands: Demands) -> None:
        self._demands = demands
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

    def add(self, interval: Interval, plan: Plan) -> None:
        """Take in one second, in which the load went by `plan`."""
        if self._ended_s is not None and (interval.start_s + interval.end_s) / 2 >= self._ended_s:
            return
        there_s = self._all_there_s
        ramp = there_s is None or interval.second < math.ceil(there_s - _EDGE_S)
        self._validity.add(interval, ramp=ramp)
        held = Held(phase="ramp" if ramp else "load", number=0 if ramp else 1, users=_held_users(interval, plan))
        self._judge.add(interval, held)

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
        return tuple(self._validity.reasons())

    @property
    def verdict_wanted(self) -> bool:
        """Whether an invalid run must not pass for a valid one."""
        return bool(self._demands.objectives) or self._demands.fail_on_invalid


def _held_users(interval: Interval, plan: Plan) -> float | None:
    """How many users there were throughout the second; None while they were being started or stopped, or some had ended."""
    level = plan.level(interval.start_s + _EDGE_S)
    held = plan.level(interval.end_s - _EDGE_S) == level and interval.users == level
    return level if held else None
