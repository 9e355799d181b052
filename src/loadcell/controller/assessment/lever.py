"""Moves the load and watches it held: the steps of which an assessment's script is made; pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import TypeVar

from loadcell.controller.assessment import readings
from loadcell.controller.assessment.findings import Findings, Question
from loadcell.controller.assessment.steps import Phase, SetLoad, Stage, StageOver, Step, Told, level_text
from loadcell.controller.search import Measured
from loadcell.messages import Event, Interval
from loadcell.store.facts import StoredStage

Returned = TypeVar("Returned")
Script = Generator[list[Step], Interval, Returned]
"""What it yields is to be done, what it is sent is the next second of the run."""

SPARE_S = 0.6
"""What is left of a second in which the load changes, once it has changed: seconds come in a little after their end."""
AT_ONCE_S = 0.5
"""Over how long a load is taken away."""
KNOWN_PHASES = ("baseline", "load")
"""In which a load is held for itself, neither to search nor to break."""


class Lever:
    """The load of one assessment."""

    def __init__(self, question: Question, found: Findings) -> None:
        self.closed = question.model == "closed"
        self.second = 0
        """The last second that came in."""
        self.cycle_s = 1.0
        """How long a user takes from one request to the next: over that time a new load is spread, or they march in step."""
        self._question = question
        self._found = found
        self._level = 0.0
        self._per_iteration = 1.0
        """How many requests an iteration makes, in the open model."""
        self._steps: list[Step] = []

    def hold(
        self,
        phase: Phase,
        level: float,
        measure_s: int,
        *,
        settle_s: int | None = None,
        give_up: Callable[[Stage], bool] | None = None,
        keep: bool = True,
        rest: bool = False,
    ) -> Script[Stage]:
        """Go to a load, let the service settle, and measure; `give_up` may end it before its time."""
        settle_s = self._question.schedule.settle_s if settle_s is None else settle_s
        ramp_s = self._ramp_s() if level != self._level else 0.0
        self._go(level, ramp_s)
        interval = yield self.taken()
        # The load changes within the second that comes in first.
        self.second = interval.second
        first = interval.second + (1 + math.ceil(ramp_s - SPARE_S) + settle_s if ramp_s else 0)
        stage = Stage(phase, level, rest=rest)
        while True:
            if interval.second >= first:
                stage.intervals.append(interval)
                if interval.second >= first + measure_s - 1 or (give_up is not None and give_up(stage)):
                    break
            interval = yield self.taken()
            self.second = interval.second
        if phase in KNOWN_PHASES:
            self._cut_warm_up(stage)
        if keep:
            self.keep(stage)
        return stage

    def at_once(self, level: float) -> list[Step]:
        """The steps to another load, without settling."""
        self._go(level, AT_ONCE_S)
        return self.taken()

    def keep(self, stage: Stage) -> None:
        """A stage is over, and counts."""
        self._found.stages.append(stage)
        if not self.closed and stage.phase in KNOWN_PHASES:
            kept_up = [one for one in self._found.stages if one.phase in KNOWN_PHASES and self.trial(one).passed]
            self._per_iteration = readings.per_iteration(kept_up)
        self.do(StageOver(self._row(stage)))

    def trial(self, stage: Stage) -> Measured:
        """What the stage means to the search."""
        return readings.trial_of(stage, self._found.limiting, self._per_iteration)

    def text(self, level: float) -> str:
        """A load in words."""
        return level_text(level, self._question.model)

    def do(self, step: Step) -> None:
        """To be done next."""
        self._steps.append(step)

    def taken(self) -> list[Step]:
        """What is to be done, taken out."""
        steps, self._steps = self._steps, []
        return steps

    def _go(self, level: float, over_s: float) -> None:
        if level != self._level:
            self.do(SetLoad(level, abs(level - self._level) / over_s))
            self._level = level
        self._found.doing = self.text(level) if level else "no load"

    def _ramp_s(self) -> float:
        if not self.closed:
            return 0.5
        return min(max(1.0, self.cycle_s), 2.0 * self._question.schedule.settle_s)

    def _cut_warm_up(self, stage: Stage) -> None:
        stage.warm_up_s = readings.warm_up_s(stage)
        if stage.warm_up_s is None:
            load = self.text(stage.level)
            text = f"no steady state at {load} within {stage.seconds:.0f} s: throughput or response times still moved"
            self.do(Told(Event("not_steady", text, stage.end_s, "warning")))
        elif stage.warm_up_s:
            first = stage.intervals[0].second + stage.warm_up_s
            stage.intervals = [interval for interval in stage.intervals if interval.second >= first]

    def _row(self, stage: Stage) -> StoredStage:
        trial = self.trial(stage) if self._found.limiting and not stage.rest else None
        return StoredStage(
            phase=stage.phase,
            users=stage.level if self.closed else None,
            rate=None if self.closed else stage.level,
            start_s=stage.start_s,
            end_s=stage.end_s,
            passed=None if trial is None else trial.passed,
            data={"rest": True} if stage.rest else {} if stage.warm_up_s == 0 else {"warm_up_s": stage.warm_up_s},
        )
