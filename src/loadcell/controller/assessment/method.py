"""The method as a script: baseline → load steps → search → stress → recovery → baseline again. Pure.

It is a generator: what it yields is to be done, what it is sent is the next second of the run. So it reads from top to
bottom, and a simulated service can stand in for a real one.
"""

from __future__ import annotations

import math
from dataclasses import replace

from loadcell.controller.assessment import readings
from loadcell.controller.assessment.distress import signs_above
from loadcell.controller.assessment.findings import Findings, Question, at_least, capacity_text, default_objectives
from loadcell.controller.assessment.lever import Lever, Script
from loadcell.controller.assessment.outlook import left_s
from loadcell.controller.assessment.schedule import next_step
from loadcell.controller.assessment.steps import Stage, Step, Told
from loadcell.controller.search import Capacity, Goal, Measured, Search
from loadcell.controller.search.recovery import Recovery, Tolerance
from loadcell.controller.search.seconds import p95_ms
from loadcell.messages import Event

ENOUGH_REQUESTS = 30
"""How many requests a baseline should have."""
LOW_USERS = 10
"""The most users that count as a low load."""
LOW_RATE = 10.0
SILENT_S = 30
"""How long the first request is waited for."""
GENTLE = 2.5
"""How far apart load steps are at the most, once the service shows strain."""
HOPELESS = 3.0
"""An objective that is missed by this factor, for the last `HOPELESS_S` seconds or quarter of a step, will be missed."""
HOPELESS_S = 2
REFERENCE_TRIES = 3
CYCLES = 2.0
"""How often each user comes round within a trial, at the least."""
LEAP = 0.5
"""How busy a service that does one thing at a time may get by the first load step."""
ENOUGH_STRESS = 2
"""So many stress steps with a sign of distress are enough."""
BROKEN_S = 2
MOST_STRESS = 8.0
"""Up to how many times the capacity stress goes."""


class Assessment:
    """One assessment. `script` is what it does; `found` is what it knows so far."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.found = Findings(objectives=list(question.objectives))
        self._schedule = question.schedule
        self._lever = Lever(question, self.found)
        self._hold = self._lever.hold
        self._trial = self._lever.trial
        self._closed = self._lever.closed
        self._entered = 0
        """The second in which the phase began."""

    def _enter(self, phase: str) -> None:
        self.found.phase = phase
        self._entered = self._lever.second

    def script(self) -> Script[None]:
        """The whole method."""
        if not (yield from self._baseline()):
            return
        search = yield from self._ascend()
        if search is None:
            return
        yield from self._search(search)
        capacity = self.found.capacity
        if capacity is None or capacity.at_least or not self._schedule.stress_s:
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
        if self._closed:
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
        if self._closed:
            self._lever.cycle_s = level * figures.seconds / figures.requests
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
        widest = schedule.factor if self._closed else min(GENTLE, schedule.factor)
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
        limits = [one.limit / 1000 for one in self.found.limiting if one.metric != "error_rate"]
        sized = Goal.sized(quick=schedule.quick, limit_s=max(limits, default=0.0), integer_loads=self._closed)
        trial_s = max(sized.trial_s, float(schedule.trial_s), CYCLES * self._lever.cycle_s if self._closed else 0.0)
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
            at = objective.at_users if self._closed else objective.at_rate
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
        factor = schedule.stress_factor if self._closed else min(1.5, schedule.stress_factor)
        level = capacity.load
        distressed = 0
        while level < most:
            level = min(most, self._whole(level * factor))
            stage = yield from self._hold("stress", level, schedule.stress_s, settle_s=0, give_up=self._is_broken)
            found.signs = signs_above(found, capacity, min(5, schedule.stress_s - 1))
            if self._at_the_generators_limit(stage):
                return
            kinds = {sign.kind for sign in found.signs}
            distressed += bool(kinds)
            if kinds & {"crash", "refused", "throughput_collapse"} or distressed >= ENOUGH_STRESS:
                return

    def _recover(self, capacity: Capacity) -> Script[None]:
        """Half the capacity again, until the service is as it was on the way up, or has shown that it will not be."""
        found, schedule = self.found, self._schedule
        reference = found.reference
        assert reference is not None
        self._enter("recovery")
        try:
            tolerance = Tolerance.of(
                readings.seconds_of(reference),
                schedule.window_s,
                allowed_error_rate=found.allowed_error_rate,
                allowed_p95_ms=found.limit_of("p95") or 0.0,
            )
        except ValueError as error:
            self._lever.do(Told(Event("recovery_unknown", str(error), reference.end_s, "warning")))
            return
        judge = found.recovery = Recovery(
            reference.level,
            tolerance,
            window_s=schedule.window_s,
            patience_s=max(schedule.recovery_s, math.ceil(self._piled_up_s(capacity))),
        )
        stage = Stage("recovery", reference.level)
        interval = yield self._lever.at_once(reference.level)
        while judge.state is None:
            interval = yield self._lever.at_once(judge.wanted_load)
            stage.intervals.append(interval)
            last = Stage("recovery", judge.wanted_load, [one for one in stage.intervals if one.second == interval.second])
            if len(last.intervals) == 1:
                judge.add(readings.seconds_of(last)[0])
        if judge.seconds is not None:
            # The load fell within the second before the first one that was watched.
            found.recovery_s = judge.seconds + 1.0
        self._lever.keep(stage)

    def _piled_up_s(self, capacity: Capacity) -> float:
        """How long half a capacity needs, and half as long again, for what stress has piled up in the open model."""
        if self._closed:
            return 0.0
        stages = [stage for stage in self.found.stages if stage.phase == "stress"]
        return 3.0 * sum((stage.level / capacity.load - 1) * (stage.seconds + 1) for stage in stages)

    def _baseline_again(self) -> Script[None]:
        """What damage remains."""
        baseline = self.found.baseline
        assert baseline is not None
        self._enter("baseline")
        self.found.again = yield from self._hold("baseline", baseline.level, self._schedule.baseline_s)

    # What they are made of

    def _hopeless(self, stage: Stage) -> bool:
        """Whether a long load step need not be held to its end: an objective is missed by far."""
        seconds = math.ceil(stage.seconds)
        if seconds < HOPELESS_S or not self.found.limiting:
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
        if self._closed or stage.seconds < BROKEN_S:
            return False
        seconds = readings.seconds_of(stage)[-BROKEN_S:]
        times = [p95_ms([second]) for second in seconds]
        return all(time is None or time > 2 * self.found.distress_p95_ms for time in times)

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
        return max(1.0, self._whole(capacity.load / 2)) if self._closed else capacity.load / 2

    def _whole(self, level: float) -> float:
        return float(math.ceil(level)) if self._closed else level

    def rest(self) -> list[Step]:
        """What is left to do when the script is over."""
        return self._lever.taken()

    @property
    def left_s(self) -> float:
        """About how many seconds the assessment will take yet, as seen from its last step."""
        return left_s(self._schedule, self.found, self._lever.second - self._entered)

    @property
    def capacity_text(self) -> str:
        """What is known of the capacity, in words; empty at first."""
        return capacity_text(self.found.capacity, self.question.model)
