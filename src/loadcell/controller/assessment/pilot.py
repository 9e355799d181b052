"""Flies an assessment through a run: seconds in, steps out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loadcell.controller.assessment.findings import Question
from loadcell.controller.assessment.method import Assessment
from loadcell.controller.assessment.results import Conclusion, conclude
from loadcell.controller.assessment.steps import Step
from loadcell.messages import Interval


@dataclass(frozen=True, slots=True)
class Position:
    """Where an assessment is, for those who watch it."""

    phase: str
    doing: str
    """The load that is held, or what else goes on, in words."""
    left_s: float
    """About how long it will take yet."""
    capacity: str
    """What is known of the capacity, in words; empty at first."""


class Pilot:
    """Carries out an assessment step by step."""

    def __init__(self, question: Question) -> None:
        self._assessment = Assessment(question)
        self._script = self._assessment.script()
        self.done = False
        """Whether the run is to be stopped: everything was done, or nothing more can be."""

    def begin(self) -> list[Step]:
        """The first steps, at the run's start."""
        return self._next(None)

    def second(self, interval: Interval) -> list[Step]:
        """What to do after this second."""
        return [] if self.done else self._next(interval)

    def seen(self, second: int, signals: Mapping[str, float]) -> None:
        """What the service felt in one second, which has passed already."""
        self._assessment.found.signals[second] = signals

    def _next(self, interval: Interval | None) -> list[Step]:
        try:
            return next(self._script) if interval is None else self._script.send(interval)
        except StopIteration:
            self.done = True
            return self._assessment.rest()

    def conclude(self) -> Conclusion:
        """What was found out, be it all or what is known when the run is broken off."""
        return conclude(self._assessment.question, self._assessment.found, finished=self.done)

    def position(self) -> Position:
        """Where it is."""
        found = self._assessment.found
        return Position(found.phase, found.doing, self._assessment.left_s, self._assessment.capacity_text)
