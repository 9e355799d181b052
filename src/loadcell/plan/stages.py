"""What plans are made of: straight stretches of a level, and shares of what they start."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of a plan: the level goes in a straight line from `start` to `end` within `duration_s` seconds.

    A level is a number of users, or of arrivals a second. A `duration_s` of None lasts until the run is stopped, and
    holds `end`.
    """

    start: float
    end: float
    duration_s: float | None = None

    def level(self, t: float) -> float:
        """The level `t` seconds after the stage's start."""
        if not self.duration_s:
            return self.end
        return self.start + (self.end - self.start) * t / self.duration_s


class Part(msgspec.Struct, frozen=True):
    """A share of what is numbered 0, 1, 2 …, users or arrivals: those n with n % count == index."""

    index: int = 0
    count: int = 1

    def slots(self) -> Iterator[int]:
        """The numbers of this part, ascending, without end."""
        n = self.index
        while True:
            yield n
            n += self.count

    def split(self, parts: int) -> list[Part]:
        """This part as `parts` smaller ones that hold the same numbers, each exactly once."""
        return [Part(self.index + i * self.count, self.count * parts) for i in range(parts)]

    def size(self, total: int) -> int:
        """How many of 0 … total-1 belong to this part."""
        return max(0, -(-(total - self.index) // self.count))


def duration_of(stages: tuple[Stage, ...]) -> float | None:
    """How long they last, one after another; None when they have no end."""
    if any(stage.duration_s is None for stage in stages):
        return None
    return sum(stage.duration_s or 0.0 for stage in stages)


def level_of(stages: tuple[Stage, ...], t: float) -> float:
    """The level `t` seconds after the start of the first; 0 before it and after the last."""
    if t < 0:
        return 0.0
    for stage in stages:
        if stage.duration_s is None or t < stage.duration_s:
            return stage.level(t)
        t -= stage.duration_s
    return 0.0


def aim_of(stages: tuple[Stage, ...], t: float) -> float:
    """The level that the stage `t` seconds after the start leads to; after the last one what that led to."""
    for stage in stages:
        if stage.duration_s is None or t < stage.duration_s:
            return stage.end
        t -= stage.duration_s
    return stages[-1].end if stages else 0.0


def until(stages: tuple[Stage, ...], at_s: float) -> Iterator[Stage]:
    """The stages as far as they lie before `at_s`; where they end earlier, nothing until then."""
    for stage in stages:
        if at_s <= 0:
            return
        if stage.duration_s is None or stage.duration_s > at_s:
            yield Stage(start=stage.level(0), end=stage.level(at_s), duration_s=at_s)
            return
        yield stage
        at_s -= stage.duration_s
    if at_s > 0:
        yield Stage(start=0, end=0, duration_s=at_s)
