"""A pilot flown through a simulated service, second by second: the whole method in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from loadcell.controller.assessment.findings import Question
from loadcell.controller.assessment.pilot import Pilot
from loadcell.controller.assessment.results import Conclusion
from loadcell.controller.assessment.steps import SetLoad, StageOver, Step
from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, ErrorCount, Health, Interval, Starts
from loadcell.store.facts import StoredStage
from tests.simulation.service import Seen, Service

REACTION_S = 0.25
"""How long after a second's end the load changes, because of what that second was like."""


@dataclass
class Flight:
    """What became of an assessment."""

    conclusion: Conclusion
    stages: list[StoredStage] = field(default_factory=list)
    seconds: int = 0
    loads: list[float] = field(default_factory=list)
    """The load that was wanted, by second."""


def fly(
    question: Question,
    service: Service,
    *,
    cpu_per_load: float = 0.0,
    most_s: int = 3600,
    look: Callable[[Pilot], None] = lambda pilot: None,
) -> Flight:
    """Assess the service for at most `most_s` seconds; the generator uses so many % of a core for each unit of the load.

    `look` gets the pilot after each second but the last.
    """
    pilot = Pilot(question)
    stages: list[StoredStage] = []
    loads: list[float] = []
    ramp = _Ramp()
    steps = pilot.begin()
    for second in range(most_s):
        parts = [service_at(service, ramp.at(second), REACTION_S)]
        _take(steps, ramp, second + REACTION_S, stages)
        parts += [service_at(service, ramp.at(second + REACTION_S + 0.25 * i), 0.25) for i in range(3)]
        loads.append(ramp.target)
        steps = pilot.second(_interval(second, parts, ramp.target, question.model == "open", cpu_per_load * ramp.target))
        if pilot.done:
            _take(steps, ramp, second, stages)
            break
        look(pilot)
    return Flight(pilot.conclude(), stages, second + 1, loads)


class _Ramp:
    """The load on its way to where it shall be."""

    def __init__(self) -> None:
        self._from, self.target, self._at, self._pace = 0.0, 0.0, 0.0, 1.0

    def go(self, step: SetLoad, at: float) -> None:
        self._from, self.target, self._at, self._pace = self.at(at), step.level, at, step.pace

    def at(self, t: float) -> float:
        done = self._pace * max(0.0, t - self._at)
        if self.target >= self._from:
            return min(self.target, self._from + done)
        return max(self.target, self._from - done)


def service_at(service: Service, load: float, seconds: float) -> Seen:
    return service.run(round(load) if service.kind.users else max(load, 1e-6), seconds)


def _take(steps: list[Step], ramp: _Ramp, at: float, stages: list[StoredStage]) -> None:
    for step in steps:
        if isinstance(step, SetLoad):
            ramp.go(step, at)
        elif isinstance(step, StageOver):
            stages.append(step.stage)


def _interval(second: int, parts: list[Seen], load: float, is_open: bool, cpu: float) -> Interval:
    latency = Histogram()
    failures = sent = 0
    for seen in parts:
        for seconds in seen.times.tolist():
            latency.record(round(seconds * 1e6))
        failures += seen.failures
        sent += seen.sent
    requests = latency.total + failures
    counts = EntryCounts("GET", "/", requests=requests, failures=failures, ok=latency.to_bytes())
    errors = [ErrorCount("GET", "/", "HTTPError('503')", failures, second, second)] if failures else []
    return Interval(
        second=second,
        start_s=float(second),
        end_s=second + 1.0,
        users=round(load),
        users_by_class={},
        entries=[counts] if requests else [],
        errors=errors,
        health={"1": Health(cpu=cpu)},
        starts=Starts(due=sent, started=sent) if is_open else None,
    )
