"""A run's load as a list of stages with names: what plans are written as, and what the report tells of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec

from loadcell.plan.arrivals import Arrivals
from loadcell.plan.stages import Stage, duration_of, level_of, until
from loadcell.plan.users import Plan

Phase = Literal["ramp", "baseline", "load", "stress", "search", "recovery", "soak", "spike"]
PHASES: tuple[Phase, ...] = ("ramp", "baseline", "load", "stress", "search", "recovery", "soak", "spike")
Model = Literal["closed", "open"]


class CourseStage(msgspec.Struct, frozen=True):
    """A stretch with a phase: the level goes in a straight line from `start` to `end` within `duration_s` seconds.

    None lasts until the run is stopped.
    """

    phase: Phase
    start: float
    end: float
    duration_s: float | None = None

    @property
    def stage(self) -> Stage:
        """The stretch alone."""
        return Stage(start=self.start, end=self.end, duration_s=self.duration_s)


class Row(NamedTuple):
    """One stage as a report tells of it; times in s after the start, infinity where it has no end."""

    phase: Phase
    level: float
    """The highest."""
    start_s: float
    end_s: float


class Course(msgspec.Struct, frozen=True):
    """Stages one after another, in users (closed model) or in arrivals a second (open model)."""

    stages: tuple[CourseStage, ...]
    model: Model = "closed"

    @property
    def duration_s(self) -> float | None:
        """How long it lasts; None when it has no end."""
        return duration_of(tuple(stage.stage for stage in self.stages))

    def plan(self, pace: float = 1.0) -> Plan:
        """The users of it; `pace` as the plan's own."""
        return Plan(tuple(stage.stage for stage in self.stages), pace)

    def arrivals(self, *, poisson: bool = False, seed: int = 0) -> Arrivals:
        """The arrivals of it."""
        return Arrivals(tuple(stage.stage for stage in self.stages), poisson, seed)

    def rows(self) -> Iterator[Row]:
        """The stages with their times; those that take none are left out."""
        begin = 0.0
        for stage in self.stages:
            end = begin + (math.inf if stage.duration_s is None else stage.duration_s)
            if end > begin:
                yield Row(stage.phase, max(stage.start, stage.end), begin, end)
            begin = end

    def cut(self, at_s: float) -> Course:
        """This course, ended at `at_s`; as it is where it ends before."""
        return msgspec.structs.replace(self, stages=tuple(self._before(at_s)))

    def changed(self, at_s: float, level: float, pace: float, phase: Phase = "load") -> Course:
        """This course with another end: from `at_s` on to `level`, `pace` a second up or down, and then held as `phase`.

        A course that ends still ends at the same time.
        """
        stages = tuple(stage.stage for stage in self.stages)
        begin = level_of(stages, at_s)
        ramp = CourseStage("ramp", begin, level, abs(level - begin) / pace)
        changed = Course((*self._before(at_s), ramp, CourseStage(phase, level, level)), self.model)
        ends = [row.end_s for row in self.rows()]
        return changed if not ends or ends[-1] == math.inf else changed.cut(ends[-1])

    def _before(self, at_s: float) -> Iterator[CourseStage]:
        for stage, kept in zip(self.stages, until(tuple(stage.stage for stage in self.stages), at_s), strict=False):
            yield CourseStage(stage.phase, kept.start, kept.end, kept.duration_s)
