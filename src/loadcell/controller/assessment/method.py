"""The method as a script: baseline → load steps → search → stress → recovery → baseline again. Pure.

It is a generator: what it yields is to be done, what it is sent is the next second of the run. So it reads from top to
bottom, and a simulated service can stand in for a real one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from loadcell.controller.assessment import readings
from loadcell.controller.assessment.schedule import Schedule, next_step
from loadcell.controller.assessment.steps import Model, Phase, SetLoad, Stage, StageOver, Step, Told, level_text
from loadcell.controller.search import Capacity, Goal, Measured, Search
from loadcell.controller.search.recovery import Recovery, Tolerance
from loadcell.controller.search.seconds import p95_ms
from loadcell.controller.search.signs import GRAVEST, Sign, Signs
from loadcell.messages import Event, Interval
from loadcell.objectives import Objective, parse_objective
from loadcell.store.facts import StoredStage

Returned = TypeVar("Returned")
Script = Generator[list[Step], Interval, Returned]

ENOUGH_REQUESTS = 30
"""How many requests a baseline should have."""
LOW_USERS = 10
"""The most users that count as a low load."""
LOW_RATE = 10.0
SILENT_S = 30
"""How long the first request is waited for."""
GENTLE = 2.5
"""How far apart load steps are at the most, once the service shows strain."""
TYPICAL_STEPS = 6
HOPELESS = 3.0
"""An objective that is missed by this factor, for the last `HOPELESS_S` seconds or quarter of a step, will be missed."""
HOPELESS_S = 2
REFERENCE_TRIES = 3
CYCLES = 2.0
"""How often each user comes round within a trial, at the least."""
SPARE_S = 0.6
"""What is left of a second in which the load changes, once it has changed: seconds come in a little after their end."""
LEAP = 0.5
"""How busy a service that does one thing at a time may get by the first load step."""
ENOUGH_STRESS = 2
"""So many stress steps with a sign of distress are enough."""
BROKEN_S = 2
AT_ONCE_S = 0.5
"""Over how long a load is taken away."""
MOST_STRESS = 8.0
"""Up to how many times the capacity stress goes."""
DEFAULT_ERROR_RATE = "error_rate < 1%"
DEFAULT_P95_FACTOR = 5.0
DEFAULT_P95_MS = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be found out."""

    model: Model
    objectives: Sequence[Objective]
    """Those that were given; without any, the default ones are taken."""
    schedule: Schedule
    most: float
    """The most load to try: users, or iterations/s."""


@dataclass(slots=True)
class Findings:
    """What is known so far: at any moment the report of an assessment that was broken off."""

    objectives: list[Objective] = field(default_factory=list)
    baseline: Stage | None = None
    stages: list[Stage] = field(default_factory=list)
    capacity: Capacity | None = None
    signs: list[Sign] = field(default_factory=list)
    """The signs of distress above the capacity, in the order of the load at which they showed."""
    reference: Stage | None = None
    """Half the capacity on the way up."""
    recovery: Recovery | None = None
    recovery_s: float | None = None
    """Seconds from the drop of the load to the first good window."""
    again: Stage | None = None
    """The baseline after the stress."""
    phase: str = "baseline"
    doing: str = ""
    generator_limit: float | None = None
    """The load at which the generators had no time left."""
    ended: str = ""
    """Why the assessment ended before its time; empty if it did not."""


class Assessment:
    """One assessment. `script` is what it does; `found` is what it knows so far."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.found = Findings(objectives=list(question.objectives))
        self._schedule = question.schedule
        self._level = 0.0
        self._cycle_s = 1.0
        """How long a user takes from one request to the next: over that time a new load is spread, or they march in step."""
        self._per_iteration = 1.0
        """How many requests an iteration makes, in the open model."""
        self._steps: list[Step] = []
        self._second = 0
        """The last second that came in."""
        self._entered = 0
        """The second in which the phase began."""

    def _enter(self, phase: str) -> None:
        self.found.phase = phase
        self._entered = self._second

    def script(self) -> Script[None]:
        """The whole method."""
        if not (yield from self._baseline()):
            return
        search = yield from self._ascend()
        if search is None:
            return
        yield from self._search(search)
        capacity = self.found.capacity
        if capacity is None or capacity.at_least:
            return
        yield from self._reference(capacity)
        yield from self._stress(capacity)
        yield from self._recover(capacity)
        yield from self._baseline_again()

    # The parts of it

    def _baseline(self) -> Script[bool]:
        """A low load with enough requests to tell; False if there is nothing to go on from."""
        found, schedule = self.found, self._schedule
        self._enter("baseline")
        found.doing = "looking for a low load"
        level = 1.0
        if self.question.model == "closed":
            level = yield from self._low_users()
        else:
            level = min(self.question.most, LOW_RATE, max(1.0, ENOUGH_REQUESTS / schedule.baseline_s))
        stage = yield from self._hold("baseline", level, schedule.baseline_s, give_up=self._never_answers)
        figures = readings.figures_of(stage.intervals)
        if not figures.requests:
            found.ended = f"no request was made within {SILENT_S} s"
            return False
        if readings.is_gone(stage.intervals, figures.requests / figures.seconds) or figures.failures == figures.requests:
            found.ended = "the service did not answer during the baseline: nothing was assessed"
            return False
        found.baseline = stage
        if self.question.model == "closed":
            self._cycle_s = level * figures.seconds / figures.requests
        if not found.objectives:
            found.objectives = default_objectives(figures.percentile_ms(95))
        return True

    def _low_users(self) -> Script[float]:
        """How many users make a baseline: one, if it sends enough."""
        stage = yield from self._hold("baseline", 1.0, 3, settle_s=0, keep=False)
        waited = 3
        while not readings.figures_of(stage.intervals).requests and waited < SILENT_S:
            stage = yield from self._hold("baseline", 1.0, 1, settle_s=0, keep=False)
            waited += 1
        expected = readings.figures_of(stage.intervals).requests / stage.seconds * self._schedule.baseline_s
        if not expected:
            return 1.0
        return float(min(LOW_USERS, self.question.most, max(1, math.ceil(ENOUGH_REQUESTS / expected))))

    def _ascend(self) -> Script[Search | None]:
        """Load steps until the objectives are missed; None if they are missed from the start."""
        found, schedule, question = self.found, self._schedule, self.question
        baseline = found.baseline
        assert baseline is not None
        self._enter("load")
        trial = self._trial(baseline)
        if not trial.passed:
            baseline = yield from self._hold("baseline", baseline.level, schedule.baseline_s)
            trial = self._trial(baseline)
            if not trial.passed:
                missed = max(trial.margin, key=lambda text: trial.margin[text])
                found.ended = f"the service misses an objective at the lowest load already: {missed}"
                return None
        trials = [trial]
        # In the open model what is too much piles up, and has to be worked off before anything else can be measured.
        widest = schedule.factor if question.model == "closed" else min(GENTLE, schedule.factor)
        level, factor = baseline.level, widest
        while level < question.most:
            level = self._next_level(level, max(factor, self._leap(baseline) / level))
            stage = yield from self._hold("load", level, schedule.step_s, give_up=self._hopeless)
            if self._at_the_generators_limit(stage):
                break
            trials.append(self._trial(stage))
            if not trials[-1].passed:
                # One stall must not pass for the limit.
                stage = yield from self._hold("load", level, min(schedule.step_s, schedule.trial_s * 2))
                trials.append(self._trial(stage))
                if not trials[-1].passed:
                    break
            factor = widest if self._relaxed(stage, baseline) else min(GENTLE, widest)
        found.capacity = at_least(trials)
        return self._search_from(trials)

    def _search_from(self, trials: list[Measured]) -> Search:
        schedule = self._schedule
        limits = [one.limit / 1000 for one in self._limiting() if one.metric != "error_rate"]
        closed = self.question.model == "closed"
        sized = Goal.sized(quick=schedule.quick, limit_s=max(limits, default=0.0), integer_loads=closed)
        trial_s = max(sized.trial_s, float(schedule.trial_s), CYCLES * self._cycle_s if closed else 0.0)
        goal = replace(sized, width=schedule.width, budget_s=schedule.search_s, trial_s=trial_s)
        return Search(trials[0].load, self.question.most, goal, trials)

    def _leap(self, baseline: Stage) -> float:
        """A load that no service minds that answers as fast as at the baseline, even if it does one thing at a time."""
        figures = readings.figures_of(baseline.intervals)
        if not self._schedule.leap or not figures.requests or not figures.avg_ms:
            return 0.0
        # Utilisation law: so busy is one server by requests of this length, at so many a second.
        busy = figures.requests / figures.seconds * figures.avg_ms / 1000
        return LEAP * baseline.level / busy

    def _next_level(self, level: float, factor: float) -> float:
        """The next load step: not past a load that an objective is about."""
        steps = [next_step(level, factor), self.question.most]
        for objective in self.found.objectives:
            at = objective.at_users if self.question.model == "closed" else objective.at_rate
            if at is not None and at > level:
                steps.append(at)
        return min(steps)

    def _search(self, search: Search) -> Script[None]:
        """Trials around the capacity, where the load steps have shown that there is one."""
        found = self.found
        if found.generator_limit is not None or (found.stages[-1].level >= self.question.most and self._is_carried()):
            return
        self._enter("search")
        while (trial := search.next()) is not None:
            duration_s, settle_s = math.ceil(trial.duration_s), math.ceil(trial.settle_s)
            stage = yield from self._hold("search", trial.load, duration_s, settle_s=settle_s, rest=trial.rest)
            if self._at_the_generators_limit(stage):
                return
            search.record(self._trial(stage))
            found.capacity = search.result() or found.capacity

    def _is_carried(self) -> bool:
        return self._trial(self.found.stages[-1]).passed

    def _reference(self, capacity: Capacity) -> Script[None]:
        """Half the capacity on the way up: what the recovery is held against."""
        self._enter("load")
        for _ in range(REFERENCE_TRIES):
            stage = yield from self._hold("load", self._half(capacity), self._schedule.reference_s)
            self.found.reference = stage
            if self._trial(stage).passed:  # Else the service still works off what the search has left behind.
                return

    def _stress(self, capacity: Capacity) -> Script[None]:
        """More and more, until the service breaks down."""
        found, schedule = self.found, self._schedule
        self._enter("stress")
        most = min(self.question.most, self._whole(capacity.load * MOST_STRESS))
        # In the open model what is too much piles up, and hides what comes next.
        factor = schedule.stress_factor if self.question.model == "closed" else min(1.5, schedule.stress_factor)
        level = capacity.load
        distressed = 0
        while level < most:
            level = min(most, self._whole(level * factor))
            stage = yield from self._hold("stress", level, schedule.stress_s, settle_s=0, give_up=self._is_broken)
            found.signs = self._signs(capacity)
            if self._at_the_generators_limit(stage):
                return
            kinds = {sign.kind for sign in found.signs}
            distressed += bool(kinds)
            if kinds & {"crash", "refused", "throughput_collapse"} or distressed >= ENOUGH_STRESS:
                return

    def _signs(self, capacity: Capacity) -> list[Sign]:
        """The signs of distress above the capacity, from the lowest load on, at each load the gravest first."""
        errors = self._limit_of("error_rate")
        window_s = min(5, self._schedule.stress_s - 1)
        watch = Signs(self._latency_limit(), 0.01 if errors is None else errors, window_s=window_s)
        stages = [stage for stage in self.found.stages if stage.phase in ("load", "search", "stress")]
        carried = [stage for stage in stages if stage.level <= capacity.load]
        above = sorted((stage for stage in stages if stage.level > capacity.load), key=lambda s: (s.level, s.start_s))
        top = max((stage.level for stage in carried), default=0.0)
        for stage in [stage for stage in carried if stage.level == top][-1:]:
            for second in readings.seconds_of(stage):
                watch.add(second)
        known = {sign.kind for sign in watch.found}
        found: list[Sign] = []
        for stage in above:
            for second in readings.seconds_of(stage):
                found += watch.add(second)
        found = [sign for sign in found if sign.kind not in known]
        collapse = readings.collapse([*carried, *above])
        if collapse is not None:
            found.append(Sign("throughput_collapse", collapse.level, round(collapse.start_s)))
        return sorted(found, key=lambda sign: (sign.load, GRAVEST.index(sign.kind)))

    def _latency_limit(self) -> float:
        """The p95 in ms that is a sign of distress."""
        baseline = self.found.baseline
        assert baseline is not None
        p95 = readings.figures_of(baseline.intervals).percentile_ms(95) or 0.0
        return Signs.latency_limit_of(p95, self._limit_of("p95"))

    def _limit_of(self, metric: str) -> float | None:
        """The limit of the first objective about this metric of all entries."""
        limits = (one.limit for one in self._limiting() if one.metric == metric and one.entry is None)
        return next(limits, None)

    def _recover(self, capacity: Capacity) -> Script[None]:
        """Half the capacity again, until the service is as it was on the way up, or has shown that it will not be."""
        found, schedule = self.found, self._schedule
        reference = found.reference
        assert reference is not None
        self._enter("recovery")
        try:
            errors = self._limit_of("error_rate")
            tolerance = Tolerance.of(
                readings.seconds_of(reference),
                schedule.window_s,
                allowed_error_rate=0.01 if errors is None else errors,
                allowed_p95_ms=self._limit_of("p95") or 0.0,
            )
        except ValueError as error:
            self._do(Told(Event("recovery_unknown", str(error), reference.end_s, "warning")))
            return
        judge = found.recovery = Recovery(
            reference.level,
            tolerance,
            window_s=schedule.window_s,
            patience_s=max(schedule.recovery_s, math.ceil(self._piled_up_s(capacity))),
        )
        stage = Stage("recovery", reference.level)
        interval = yield self._to(reference.level)
        while judge.state is None:
            interval = yield self._to(judge.wanted_load)
            stage.intervals.append(interval)
            last = Stage("recovery", judge.wanted_load, [one for one in stage.intervals if one.second == interval.second])
            if len(last.intervals) == 1:
                judge.add(readings.seconds_of(last)[0])
        if judge.seconds is not None:
            # The load fell within the second before the first one that was watched.
            found.recovery_s = judge.seconds + 1.0
        found.stages.append(stage)
        self._do(StageOver(self._row(stage)))

    def _piled_up_s(self, capacity: Capacity) -> float:
        """How long half a capacity needs, and half as long again, for what stress has piled up in the open model."""
        if self.question.model == "closed":
            return 0.0
        stages = [stage for stage in self.found.stages if stage.phase == "stress"]
        return 3.0 * sum((stage.level / capacity.load - 1) * (stage.seconds + 1) for stage in stages)

    def _to(self, level: float) -> list[Step]:
        """The steps to another load, at once."""
        if level != self._level:
            self._do(SetLoad(level, abs(level - self._level) / AT_ONCE_S))
            self._level = level
        self.found.doing = level_text(level, self.question.model) if level else "no load"
        return self._taken()

    def _baseline_again(self) -> Script[None]:
        """What damage remains."""
        baseline = self.found.baseline
        assert baseline is not None
        self._enter("baseline")
        self.found.again = yield from self._hold("baseline", baseline.level, self._schedule.baseline_s)

    # What they are made of

    def _hold(
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
        settle_s = self._schedule.settle_s if settle_s is None else settle_s
        ramp_s = self._ramp_s() if level != self._level else 0.0
        if level != self._level:
            self._do(SetLoad(level, abs(level - self._level) / ramp_s))
            self._level = level
        self.found.doing = level_text(level, self.question.model)
        interval = yield self._taken()
        # The load changes within the second that comes in first.
        self._second = interval.second
        first = interval.second + (1 + math.ceil(ramp_s - SPARE_S) + settle_s if ramp_s else 0)
        stage = Stage(phase, level, rest=rest)
        while True:
            if interval.second >= first:
                stage.intervals.append(interval)
                if interval.second >= first + measure_s - 1 or (give_up is not None and give_up(stage)):
                    break
            interval = yield self._taken()
            self._second = interval.second
        if phase in ("baseline", "load"):
            self._cut_warm_up(stage)
        if keep:
            self.found.stages.append(stage)
            if phase in ("baseline", "load"):
                kept_up = [one for one in self.found.stages if one.phase in ("baseline", "load") and self._trial(one).passed]
                self._per_iteration = readings.per_iteration(kept_up)
            self._do(StageOver(self._row(stage)))
        return stage

    def _cut_warm_up(self, stage: Stage) -> None:
        stage.warm_up_s = readings.warm_up_s(stage)
        if stage.warm_up_s is None:
            load = level_text(stage.level, self.question.model)
            text = f"no steady state at {load} within {stage.seconds:.0f} s: throughput or response times still moved"
            self._do(Told(Event("not_steady", text, stage.end_s, "warning")))
        elif stage.warm_up_s:
            first = stage.intervals[0].second + stage.warm_up_s
            stage.intervals = [interval for interval in stage.intervals if interval.second >= first]

    def _ramp_s(self) -> float:
        if self.question.model == "open":
            return 0.5
        return min(max(1.0, self._cycle_s), 2.0 * self._schedule.settle_s)

    def _row(self, stage: Stage) -> StoredStage:
        trial = self._trial(stage) if self._limiting() and not stage.rest else None
        closed = self.question.model == "closed"
        return StoredStage(
            phase=stage.phase,
            users=stage.level if closed else None,
            rate=None if closed else stage.level,
            start_s=stage.start_s,
            end_s=stage.end_s,
            passed=None if trial is None else trial.passed,
            data={"rest": True} if stage.rest else {} if stage.warm_up_s == 0 else {"warm_up_s": stage.warm_up_s},
        )

    def _trial(self, stage: Stage) -> Measured:
        return readings.trial_of(stage, self._limiting(), self._per_iteration)

    def _limiting(self) -> list[Objective]:
        return [objective for objective in self.found.objectives if readings.limits(objective)]

    def _hopeless(self, stage: Stage) -> bool:
        """Whether a long load step need not be held to its end: an objective is missed by far."""
        seconds = math.ceil(stage.seconds)
        if seconds < HOPELESS_S or not self._limiting():
            return False
        since = stage.intervals[-1].second - max(HOPELESS_S, seconds // 4) + 1
        recent = Stage(stage.phase, stage.level, [one for one in stage.intervals if one.second >= since])
        return self._trial(recent).worst > HOPELESS

    def _relaxed(self, stage: Stage, baseline: Stage) -> bool:
        """Whether the service shows no strain yet: it is as fast as at the baseline."""
        now, then = (readings.figures_of(one.intervals).percentile_ms(95) for one in (stage, baseline))
        return now is not None and then is not None and now < 1.5 * then

    def _is_broken(self, stage: Stage) -> bool:
        """Whether a stress step has shown enough: nothing is answered, or in the open model only what is long overdue."""
        if self._is_gone(stage):
            return True
        if self.question.model == "closed" or stage.seconds < BROKEN_S:
            return False
        seconds = readings.seconds_of(stage)[-BROKEN_S:]
        times = [p95_ms([second]) for second in seconds]
        return all(time is None or time > 2 * self._latency_limit() for time in times)

    def _never_answers(self, stage: Stage) -> bool:
        return readings.is_gone(stage.intervals, 0.0)

    def _is_gone(self, stage: Stage) -> bool:
        baseline = self.found.baseline
        assert baseline is not None
        figures = readings.figures_of(baseline.intervals)
        return readings.is_gone(stage.intervals, figures.requests / figures.seconds)

    def _at_the_generators_limit(self, stage: Stage) -> bool:
        if readings.generator_limited(stage):
            self.found.generator_limit = stage.level
            return True
        return False

    def _half(self, capacity: Capacity) -> float:
        return max(1.0, self._whole(capacity.load / 2)) if self.question.model == "closed" else capacity.load / 2

    def _whole(self, level: float) -> float:
        return float(math.ceil(level)) if self.question.model == "closed" else level

    def rest(self) -> list[Step]:
        """What is left to do when the script is over."""
        return self._taken()

    @property
    def left_s(self) -> float:
        """About how many seconds the assessment will take yet, as seen from its last step."""
        schedule, found = self._schedule, self.found
        parts = {
            "baseline": schedule.settle_s + schedule.baseline_s + 5,
            "load": TYPICAL_STEPS * (schedule.step_s + schedule.settle_s + 2),
            "search": schedule.search_s,
            "reference": schedule.reference_s + schedule.settle_s + 2,
            "stress": 4 * (schedule.stress_s + 3),
            "recovery": 4 * schedule.window_s,
            "again": schedule.settle_s + schedule.baseline_s + 2,
        }
        now = "again" if found.phase == "baseline" and found.reference is not None else found.phase
        if now == "load" and found.capacity is not None:
            now = "reference"
        names = list(parts)
        spent = self._second - self._entered
        return max(0.0, parts[now] - spent) + sum(parts[name] for name in names[names.index(now) + 1 :])

    @property
    def capacity_text(self) -> str:
        """What is known of the capacity, in words; empty at first."""
        capacity = self.found.capacity
        if capacity is None:
            return ""
        load = level_text(capacity.load, self.question.model)
        if capacity.at_least:
            return f"{load} or more"
        low, high = (level_text(end, self.question.model) for end in (capacity.low, capacity.high))
        return f"{load} ({low.split()[0]} … {high.split()[0]})"

    def _do(self, step: Step) -> None:
        self._steps.append(step)

    def _taken(self) -> list[Step]:
        steps, self._steps = self._steps, []
        return steps


def at_least(trials: Sequence[Measured]) -> Capacity | None:
    """What load steps that never went too far say: the capacity is the last one or more."""
    if not trials or not trials[-1].passed:
        return None
    load = trials[-1].load
    return Capacity(load, load, load, None, len(trials), at_least=True)


def default_objectives(baseline_p95_ms: float | None) -> list[Objective]:
    """What is demanded of a service of which nothing was: few errors, and no answer much slower than at a low load."""
    limit = max(DEFAULT_P95_FACTOR * (baseline_p95_ms or 0.0), DEFAULT_P95_MS)
    return [parse_objective(DEFAULT_ERROR_RATE), parse_objective(f"p95 < {limit:.0f}ms")]
