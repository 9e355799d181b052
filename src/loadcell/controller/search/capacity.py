"""The most load that meets every objective: which trial comes next, and what the trials so far say."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from loadcell.controller.search.bounds import Durations, classify, relevant_bounds
from loadcell.controller.search.fit import CUT, Crossing, Point, crossing, cut
from loadcell.controller.search.rest import Rest
from loadcell.controller.search.trials import Capacity, Goal, Measured, Trial

GROWTH = 2.0
"""By how much the load grows from trial to trial while nothing is near its limit."""
MILD = 0.2
"""A log margin above 0 that may be chance."""
MILD_GROWTH = 1.2
CLOSE = 1.15
"""A bracket this narrow (upper over lower load) ends the bisection."""
LEAST_TRIALS = 18
"""Near the capacity, before an interval is believed."""
NEAR = 0.15
"""Loads no further apart than this, as a fraction, are near each other."""
OWED = 0.03
"""The share of the work that may be left over at the end of a trial."""
BEYOND = 1.1
"""A log margin that says that work has piled up."""
AHEAD = 3
"""For how many more trials the course of a run is continued to judge it."""
MARGIN_LIMIT = 100.0
"""Greater margins, infinite ones among them, are taken for this."""


class Search:
    """Ascent to the first load that is too much, bisection, then runs of trials around the best estimate.

    `low` is a load that is known to be carried; `high`, one that need not be exceeded; `known`, what load steps have shown.
    """

    def __init__(self, low: float, high: float | None, goal: Goal, known: Sequence[Measured] = ()) -> None:
        self._goal = goal
        self._high = high
        self._left_s = goal.budget_s
        self._phase = "ascent"
        self._load = self._rounded(low)
        self._good: float | None = None
        self._too_much: float | None = None
        self._inverse: tuple[float, float] | None = None
        self._asked: Trial | None = None
        self._settled_at: float | None = None
        self._rest: Rest | None = None
        self._around: deque[float] = deque()
        self._run: list[int] = []
        self._batch: list[int] = []
        self._drift = 0
        self._trials: list[Measured] = []
        self._scores: list[dict[str, float]] = []
        self._fits: dict[str, Crossing] = {}
        self._take_over(known)

    def _take_over(self, known: Sequence[Measured]) -> None:
        """Begin with what load steps have shown: a load is too much if it was missed each time it was tried."""
        for trial in known:
            self._keep(trial)
        good = {trial.load for trial in known if self._is_good(trial)}
        self._too_much = min((trial.load for trial in known if trial.load not in good), default=None)
        self._good = max((load for load in good if self._too_much is None or load < self._too_much), default=None)
        if self._good is not None and self._too_much is not None:
            last = known[-1]
            if not self._is_good(last):
                self._rest = self._resting(last, Trial(last.load, last.duration_s, self._goal.settle_s))
            self._halve()
        elif self._good is not None:
            self._load = self._rounded(self._good * GROWTH, above=self._good)

    def _keep(self, measured: Measured) -> Measured:
        measured = replace(measured, margin={name: min(MARGIN_LIMIT, margin) for name, margin in measured.margin.items()})
        self._trials.append(measured)
        self._scores.append({name: cut(margin) for name, margin in measured.margin.items()})
        return measured

    def next(self) -> Trial | None:
        """The next trial; None once the interval is narrow enough, or the time used up."""
        if self._phase == "around" and not self._around and self._rest is None:
            self._plan_around()
        if self._phase == "done":
            return None
        trial = self._rest.trial() if self._rest else self._next_trial()
        if trial.duration_s + trial.settle_s > self._left_s:
            self._phase = "done"
            return None
        self._asked = trial
        return trial

    def _next_trial(self) -> Trial:
        load = self._around[0] if self._phase == "around" else self._load
        distance = abs(math.log(load / self._settled_at)) if self._settled_at else math.inf
        settle_s = self._goal.settle_s * (0.0 if distance == 0 else 0.5 if distance < NEAR else 1.0)
        if self._phase == "around" and distance:
            settle_s = max(settle_s, self._goal.settle_around_s)
        return Trial(load, self._goal.trial_s * (0.6 if self._phase == "ascent" else 1.0), settle_s)

    def record(self, measured: Measured) -> None:
        """What the last trial showed."""
        asked = self._asked or Trial(measured.load, measured.duration_s, 0.0)
        self._left_s -= asked.duration_s + asked.settle_s
        self._settled_at = measured.load
        if self._rest:
            if self._rest.is_over(measured):
                self._rest = None
            return
        measured = self._keep(measured)
        alone = self._phase != "around" or self._goal.repeats == 1
        if alone and self._is_behind(measured) and measured.margin:
            worst = max(measured.margin, key=lambda name: measured.margin[name])
            # Growth all the while is certain, work that is owed may be chance.
            self._scores[-1][worst] = max(self._scores[-1][worst], CUT if measured.grows else CUT / 2)
        if _score(measured) >= BEYOND or (self._phase != "around" and self._is_behind(measured)):
            self._rest = self._resting(measured, asked)
        if self._phase == "around":
            self._go_on_around(measured)
        elif self._phase == "ascent":
            self._ascend(measured)
        else:
            self._bisect(measured)

    def _resting(self, measured: Measured, asked: Trial) -> Rest:
        """A pause at a load that is carried easily, for as long as the work that piled up takes."""
        known = [trial.load for trial in self._trials if self._is_good(trial)]
        load = self._rounded(0.4 * (max(known) if known else measured.load / 2))
        backlog = max(0.0, measured.owed) * measured.offered * (1 + asked.settle_s / asked.duration_s)
        served = max(measured.ok_rps, 1e-9)
        spare = served * 0.6
        return Rest(load, self._goal.settle_s, backlog / spare, min(trial.worst for trial in self._trials))

    # Up, and between.

    def _ascend(self, measured: Measured) -> None:
        load = measured.load
        if self._is_good(measured):
            self._good = load
            if self._too_much is not None:
                self._halve()
            elif self._high is not None and load >= self._high:
                self._phase = "done"
            else:
                self._load = self._rounded(min(self._grown(measured), self._high or math.inf), above=load)
            return
        if self._good is None and sum(trial.load == load for trial in self._trials) < 2:
            return
        before_mild = self._good is not None and self._is_mild(self._trials[-2])
        if self._is_mild(measured) and not before_mild and (self._high is None or load < self._high):
            # Response times that are near their limit without any load need not have to do with it: look further up.
            self._good = load
            self._load = self._rounded(min(load * MILD_GROWTH, self._high or math.inf), above=load)
            return
        self._too_much = load
        if self._good is not None:
            self._halve()
            return
        self._load = self._rounded(load / 2)
        if self._load == load:
            self._phase = "done"

    def _is_mild(self, measured: Measured) -> bool:
        """Missed, but by so little that it may be chance."""
        return 0 < _score(measured) < MILD and not self._is_behind(measured)

    def _grown(self, measured: Measured) -> float:
        """Not beyond where the inverse of the margin, a falling line in many queues, would reach 1."""
        load, inverse = measured.load, 1 / max(measured.worst, 0.01)
        before, self._inverse = self._inverse, (load, inverse)
        if before is None or before[1] <= inverse or inverse > 10:
            return load * GROWTH
        fall = (before[1] - inverse) / (load - before[0])
        reached = load + (inverse - 1) / fall
        return load * max(1.15, min(GROWTH, reached / load))

    def _bisect(self, measured: Measured) -> None:
        if not self._is_good(measured):
            self._too_much = measured.load
        elif measured.load == self._too_much:
            # What was too much was a stall.
            self._good, self._too_much, self._phase = measured.load, None, "ascent"
            self._load = self._rounded(measured.load * GROWTH)
            return
        else:
            self._good = measured.load
        self._halve()

    def _halve(self) -> None:
        assert self._good is not None
        assert self._too_much is not None
        self._phase = "bisection"
        if self._too_much / self._good > CLOSE and not (self._goal.integer_loads and self._too_much - self._good <= 1):
            self._load = self._rounded(math.sqrt(self._good * self._too_much))
        elif self._is_doubtful(self._too_much):
            self._load = self._too_much
        else:
            self._phase = "around"

    def _is_doubtful(self, load: float) -> bool:
        """Only one trial there, and hardly one elsewhere, was bad: a stall may have been all."""
        bad = [trial.load for trial in self._trials if not self._is_good(trial)]
        return len(bad) <= 2 and bad.count(load) == 1

    # Around the best estimate.

    def _plan_around(self) -> None:
        fit = self._fit()
        near = [trial for trial in self._trials if abs(math.log(trial.load) - fit.x) < NEAR]
        is_narrow = fit.high - fit.low + 2 * self._goal.allowance <= self._goal.width
        if (len(near) >= LEAST_TRIALS and is_narrow) or self._is_settled():
            self._phase = "done"
            return
        spread = min(0.2, max(0.0075, 0.4 / fit.slope))
        centre = math.exp(self._centre(fit.x))
        loads = sorted({self._rounded(centre * math.exp(spread * shift)) for shift in (-1, 0, 1)})
        if len(loads) == 1:
            loads = [loads[0], loads[0] + 1] if centre >= loads[0] else [max(1.0, loads[0] - 1), loads[0]]
        self._batch = []
        self._around.extend(load for load in loads for _ in range(self._goal.repeats))

    def _is_settled(self) -> bool:
        """A number of users is enough, and one more is too much: there is nothing between."""
        lower, upper = self.bounds()
        return self._goal.integer_loads and lower is not None and upper is not None and upper - lower <= 1

    def _centre(self, x: float) -> float:
        """The estimate, unless the last trials were all on one side: then further over, and further each time.

        Response times that are flat for long and then shoot up would else be followed in tiny steps.
        """
        worst = [max(self._scores[at].values()) for at in self._batch]
        side = 1 if worst and max(worst) < 0 else -1 if worst and min(worst) > 0 else 0
        self._drift = self._drift + side if side * self._drift > 0 else side
        if not side:
            return x
        loads = [math.log(self._trials[at].load) for at in self._batch]
        step = min(0.7, 0.02 * 2.0 ** abs(self._drift))
        return max(x, max(loads) + step) if side > 0 else min(x, min(loads) - step)

    def _go_on_around(self, measured: Measured) -> None:
        load = self._around.popleft()
        self._run.append(len(self._trials) - 1)
        self._batch.append(len(self._trials) - 1)
        last = not self._around or self._around[0] != load
        if last and not self._rest and (_score(measured) > CUT / 2 or self._is_behind(measured)):
            self._rest = self._resting(measured, Trial(load, measured.duration_s, 0.0))
        if self._rest or _score(measured) < -CUT:
            while self._around and self._around[0] == load:
                self._around.popleft()
        if measured.grows:
            self._around.clear()  # What is too much for certain makes more needless.
        if not self._around or self._around[0] != load:
            self._judge_run()
            self._run = []

    def _judge_run(self) -> None:
        """Where the queue still grew or shrank from trial to trial of a run, its later course counts."""
        trials = [self._trials[at] for at in self._run]
        if len(trials) < 2:
            return
        owed = sum(trial.owed * trial.offered for trial in trials) / max(1, sum(trial.offered for trial in trials))
        for name in trials[0].margin:
            first, last = trials[0].margin[name], trials[-1].margin[name]
            if (owed > 0.015 and last > 1.3 * first) or (owed < -0.015 and last < first / 1.3):
                ahead = max(0.0, last + AHEAD * (last - first) / (len(trials) - 1))
                for at in self._run:
                    self._scores[at][name] = cut(ahead)

    # What it means.

    def _fit(self, cells: int = 41) -> Crossing:
        """Of the objective that is missed first."""
        self._fits = {}
        highest: dict[str, float] = {}
        for scores in self._scores:
            for name, score in scores.items():
                highest[name] = max(score, highest.get(name, -CUT))
        # An objective that was never near its limit would only be extrapolated.
        for name in sorted(name for name, score in highest.items() if score > -CUT / 2 or score == max(highest.values())):
            self._fits[name] = crossing(self._points(name), cells=cells)
        return min(self._fits.values(), key=lambda fit: fit.x)

    def _points(self, name: str) -> list[Point]:
        usual = self._goal.trial_s
        pairs = zip(self._trials, self._scores, strict=True)
        return [Point(math.log(trial.load), scores.get(name, -CUT), trial.duration_s / usual) for trial, scores in pairs]

    def result(self) -> Capacity | None:
        """What the trials so far say; None if not even one user was carried, and before the first load was."""
        if self._good is None:
            return None
        if self._too_much is None:
            return Capacity(self._good, self._good, self._good, None, len(self._trials), at_least=True)
        fit = self._fit(61)
        limited = min(self._fits, key=lambda name: self._fits[name].x)
        allowance = self._goal.allowance
        load, low, high = math.exp(fit.x), math.exp(fit.low - allowance), math.exp(fit.high + allowance)
        if self._goal.integer_loads:
            load, low, high = float(math.floor(load + 0.2)), float(math.floor(low)), float(math.ceil(high))
            if not load:
                return None
        return Capacity(load, low, high, limited, len(self._trials))

    def bounds(self) -> tuple[float | None, float | None]:
        """The relevant lower and upper bound by MLRsearch's rule."""
        by_load: dict[float, Durations] = {}
        for trial, scores in zip(self._trials, self._scores, strict=True):
            full = trial.duration_s >= self._goal.trial_s
            good = max(scores.values(), default=-CUT) <= 0
            by_load.setdefault(trial.load, Durations()).add(trial.duration_s, good=good, full=full)
        return relevant_bounds((load, classify(sums, 3 * self._goal.trial_s)) for load, sums in by_load.items())

    def _is_good(self, measured: Measured) -> bool:
        """Within every limit, and keeping up: work that piles up is late in the end, however long that takes."""
        return _score(measured) <= 0 and not self._is_behind(measured)

    def _is_behind(self, measured: Measured) -> bool:
        """Work piles up, by more than chance. Users wait for their answers, so with them none does."""
        if self._goal.integer_loads:
            return False
        chance = (3 + math.sqrt(measured.offered)) / max(1, measured.offered)
        return measured.grows or measured.owed > max(OWED, chance)

    def _rounded(self, load: float, above: float | None = None) -> float:
        if not self._goal.integer_loads:
            return load
        whole = float(max(1, round(load)))
        return whole if above is None or whole > above else above + 1


def _score(measured: Measured) -> float:
    """The log of the worst margin, not cut."""
    return math.log(measured.worst) if measured.worst > 0 else -10.0
