"""The load a run puts on a service, as a pure function of time, and how it is shared out without losing a start."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of a plan: the level goes in a straight line from `start` to `end` users within `duration_s` seconds.

    A `duration_s` of None lasts until the run is stopped, and holds `end`.
    """

    start: float
    end: float
    duration_s: float | None = None


class Part(msgspec.Struct, frozen=True):
    """A share of the users 0, 1, 2 …: those n with n % count == index."""

    index: int = 0
    count: int = 1

    def slots(self) -> Iterator[int]:
        """The users of this part, ascending, without end."""
        n = self.index
        while True:
            yield n
            n += self.count

    def split(self, parts: int) -> list[Part]:
        """This part as `parts` smaller ones that hold the same users, each exactly once."""
        return [Part(self.index + i * self.count, self.count * parts) for i in range(parts)]

    def size(self, users: int) -> int:
        """How many of the users 0 … users-1 belong to this part."""
        return max(0, -(-(users - self.index) // self.count))


class Plan(msgspec.Struct, frozen=True):
    """Stages one after another, in users (the closed model)."""

    stages: tuple[Stage, ...]

    @classmethod
    def ramp(cls, users: int, spawn_rate: float, run_time_s: float | None = None) -> Plan:
        """A plain run: users start evenly spaced, `spawn_rate` a second, and then stay; `run_time_s` includes the ramp.

        >>> Plan.ramp(10, 5).start_of(3)
        0.6
        """
        ramp_s = users / spawn_rate
        if run_time_s is not None and run_time_s < ramp_s:
            return cls((Stage(start=0, end=spawn_rate * run_time_s, duration_s=run_time_s),))
        hold_s = None if run_time_s is None else run_time_s - ramp_s
        return cls((Stage(start=0, end=users, duration_s=ramp_s), Stage(start=users, end=users, duration_s=hold_s)))

    @property
    def duration_s(self) -> float | None:
        """How long the plan lasts; None when it has no end."""
        if any(stage.duration_s is None for stage in self.stages):
            return None
        return sum(stage.duration_s or 0.0 for stage in self.stages)

    @property
    def cut_off(self) -> bool:
        """Whether it ends while users are still being started."""
        return bool(self.stages) and self.stages[-1].end > self.stages[-1].start

    @property
    def peak(self) -> int:
        """The most users there will be."""
        return math.ceil(max((max(stage.start, stage.end) for stage in self.stages), default=0) - 1e-9)

    def target(self, t: float) -> int:
        """How many users there should be `t` seconds after the start: those whose start is due by then."""
        if t < 0:
            return 0
        for stage in self.stages:
            if stage.duration_s is None or t < stage.duration_s:
                top = math.ceil(max(stage.start, stage.end) - 1e-9)
                return min(top, math.floor(_level(stage, t) + 1e-9) + 1)
            t -= stage.duration_s
        return 0

    def start_of(self, n: int) -> float | None:
        """When user `n` (counted from 0) is first due, in seconds after the start; None if never."""
        begin = 0.0
        for stage in self.stages:
            if n < math.ceil(max(stage.start, stage.end) - 1e-9):
                if stage.start >= n:
                    return begin
                if stage.duration_s:
                    return begin + stage.duration_s * (n - stage.start) / (stage.end - stage.start)
                return begin
            begin += stage.duration_s or 0.0
        return None

    def restart_of(self, n: int, lost_at: float, lost: Part) -> float | None:
        """When user `n` is due again after its process was lost at `lost_at` with the users of `lost`.

        The lost users come back at the plan's own pace, counted from the loss.
        """
        first = self.start_of(n)
        again = self.start_of(n // lost.count)
        return None if first is None or again is None else max(first, lost_at + again)


def _level(stage: Stage, t: float) -> float:
    if not stage.duration_s:
        return stage.end
    return stage.start + (stage.end - stage.start) * t / stage.duration_s
