"""The closed model: how many users there are at what time."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from loadcell.plan.stages import Part, Stage, aim_of, duration_of, level_of


class Plan(msgspec.Struct, frozen=True):
    """Stages one after another, in users (the closed model). User `n` runs while the level is `n` or more."""

    stages: tuple[Stage, ...]
    pace: float = 1.0
    """Users a second at which users that were lost with their process are started again."""

    @classmethod
    def ramp(cls, users: int, spawn_rate: float, run_time_s: float | None = None) -> Plan:
        """A plain run: users start evenly spaced, `spawn_rate` a second, and then stay; `run_time_s` includes the ramp.

        >>> Plan.ramp(10, 5).start_of(3)
        0.6
        """
        ramp_s = users / spawn_rate
        if run_time_s is not None and run_time_s < ramp_s:
            return cls((Stage(start=0, end=spawn_rate * run_time_s, duration_s=run_time_s),), spawn_rate)
        hold_s = None if run_time_s is None else run_time_s - ramp_s
        stages = (Stage(start=0, end=users, duration_s=ramp_s), Stage(start=users, end=users, duration_s=hold_s))
        return cls(stages, spawn_rate)

    @classmethod
    def prefaced(cls, users: int, spawn_rate: float, run_time_s: float | None, few: int, few_s: float) -> Plan:
        """The same run, but with `few` users until `few_s` seconds after its start: what more load does is seen beside that.

        >>> Plan.prefaced(10, 10, None, few=2, few_s=5).target(4), Plan.prefaced(10, 10, None, few=2, few_s=5).target(6)
        (2, 10)
        """
        start_s = few / spawn_rate
        if users <= few or start_s >= few_s:
            return cls.ramp(users, spawn_rate, run_time_s)
        ramp_s = (users - few) / spawn_rate
        stages = [
            Stage(start=0, end=few, duration_s=start_s),
            Stage(start=few, end=few, duration_s=few_s - start_s),
            Stage(start=few, end=users, duration_s=ramp_s),
        ]
        if run_time_s is None:
            return cls((*stages, Stage(start=users, end=users)), spawn_rate)
        left_s = run_time_s - few_s - ramp_s
        if left_s < 0:
            return cls.ramp(users, spawn_rate, run_time_s)
        return cls((*stages, Stage(start=users, end=users, duration_s=left_s)), spawn_rate)

    @classmethod
    def idle(cls) -> Plan:
        """No users until the plan is changed."""
        return cls((Stage(start=0, end=0),))

    def changed(self, at_s: float, users: int, spawn_rate: float) -> Plan:
        """This plan with another end: from `at_s` on to `users`, `spawn_rate` a second up or down, and then held.

        What lies before `at_s` is forgotten; a plan that ends still ends at the same time.

        >>> Plan.ramp(10, 5).changed(4, 6, 2).target(5)
        9
        """
        level = self.level(at_s)
        past = Stage(start=level, end=level, duration_s=at_s)
        if level > self.level(at_s - _A_MOMENT_S) and self.target(at_s) > _whole(level):
            # A user who is due at this very moment is there, and has to be stopped again on the way down.
            level += 2 * _EPSILON
        ramp = Stage(start=level, end=users, duration_s=abs(users - level) / spawn_rate)
        if self.duration_s is None:
            return Plan((past, ramp, Stage(start=users, end=users)), spawn_rate)
        left_s = max(0.0, self.duration_s - at_s)
        if ramp.duration_s > left_s:  # type: ignore[operator]
            reached = level + (users - level) * left_s / ramp.duration_s  # type: ignore[operator]
            return Plan((past, Stage(start=level, end=reached, duration_s=left_s)), spawn_rate)
        hold = Stage(start=users, end=users, duration_s=left_s - ramp.duration_s)  # type: ignore[operator]
        return Plan((past, ramp, hold), spawn_rate)

    @property
    def duration_s(self) -> float | None:
        """How long the plan lasts; None when it has no end."""
        return duration_of(self.stages)

    @property
    def cut_off(self) -> bool:
        """Whether it ends while users are still being started."""
        return bool(self.stages) and self.stages[-1].end > self.stages[-1].start

    @property
    def peak(self) -> int:
        """The most users there will be."""
        return _whole(max((max(stage.start, stage.end) for stage in self.stages), default=0))

    @property
    def final(self) -> int:
        """How many users there are at its end."""
        return _whole(self.stages[-1].end) if self.stages else 0

    def aim(self, t: float) -> int:
        """How many users the stage `t` seconds after the start leads to."""
        return _whole(aim_of(self.stages, t))

    def level(self, t: float) -> float:
        """The level `t` seconds after the start, between the users whose starts are due; 0 before and after the plan."""
        return level_of(self.stages, t)

    def target(self, t: float) -> int:
        """How many users there should be `t` seconds after the start: those whose start is due by then."""
        if t < 0:
            return 0
        for stage in self.stages:
            if stage.duration_s is None or t < stage.duration_s:
                top = _whole(max(stage.start, stage.end))
                return min(top, math.floor(stage.level(t) + _EPSILON) + 1)
            t -= stage.duration_s
        return 0

    def start_of(self, n: int) -> float | None:
        """When user `n` (counted from 0) is first due, in seconds after the start; None if never."""
        for turn_at, user, starts in self.turns(Part(n, _NOBODY_ELSE)):
            if starts and user == n:
                return turn_at
        return None

    def restart_of(self, n: int, lost_at: float, lost: Part) -> float:
        """When user `n`, who had been due before, is due again after its process was lost with the users of `lost`.

        The lost users come back at the plan's own pace, counted from the loss at `lost_at`.
        """
        return lost_at + n // lost.count / self.pace

    def turns(self, part: Part, from_s: float | None = None) -> Iterator[tuple[float, int, bool]]:
        """When the users of `part` start (True) and stop (False), in order of time: (seconds, user, starts).

        From the beginning, or those after `from_s`, of which the stages before are left out.
        """
        begin, level = 0.0, 0.0
        for stage in self.stages:
            end = math.inf if stage.duration_s is None else begin + stage.duration_s
            if from_s is None or begin >= from_s - _EPSILON:
                yield from _turns(part, begin, level, stage.start, 0.0)
                yield from _turns(part, begin, stage.start, stage.end, stage.duration_s or 0.0)
            begin, level = end, stage.end


_EPSILON = 1e-9
_A_MOMENT_S = 1e-6
_NOBODY_ELSE = 1 << 60


def _whole(level: float) -> int:
    """How many users a level holds: one whose start is only just reached is not there yet."""
    return math.ceil(level - _EPSILON)


def _turns(part: Part, begin: float, start: float, end: float, duration_s: float) -> Iterator[tuple[float, int, bool]]:
    """The turns of one straight line from `start` to `end` users."""
    low, high = _whole(min(start, end)), _whole(max(start, end))
    first = part.index + max(0, -(-(low - part.index) // part.count)) * part.count
    users = range(first, high, part.count)
    if end > start:
        yield from ((begin + duration_s * max(0.0, n - start) / (end - start), n, True) for n in users)
    elif end < start:
        yield from ((begin + duration_s * max(0.0, start - n) / (start - end), n, False) for n in reversed(users))
