"""The open model: when iterations are due, whoever is slow."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from loadcell.plan.stages import Part, Stage, aim_of, duration_of, level_of, until


class Arrivals(msgspec.Struct, frozen=True):
    """Stages one after another, in arrivals a second. Arrival n is due where the rate has summed up to its place.

    Uniform arrivals have the places 0.5, 1.5, 2.5 …: half a gap from the start, so that every second at n a second holds
    exactly n, and none falls on a border. Poisson arrivals have the places of a process of one arrival in each unit,
    the same from the same `seed`: places don't depend on rates, so a change of the plan moves no arrival to another place.
    """

    stages: tuple[Stage, ...]
    poisson: bool = False
    seed: int = 0

    @property
    def duration_s(self) -> float | None:
        """How long the plan lasts; None when it has no end."""
        return duration_of(self.stages)

    @property
    def peak(self) -> float:
        """The highest rate, in arrivals/s."""
        return max((max(stage.start, stage.end) for stage in self.stages), default=0.0)

    def aim(self, t: float) -> float:
        """The rate that the stage `t` seconds after the start leads to."""
        return aim_of(self.stages, t)

    def level(self, t: float) -> float:
        """The rate in arrivals/s `t` seconds after the start; 0 before and after the plan."""
        return level_of(self.stages, t)

    def changed(self, at_s: float, rate: float, pace: float) -> Arrivals:
        """This plan with another end: from `at_s` on to `rate`, `pace` arrivals/s a second up or down, and then held.

        What lies before `at_s` stays, so that the arrivals keep their numbers; a plan that ends still ends at the same
        time.
        """
        level = self.level(at_s)
        duration_s = self.duration_s
        stages = [*until(self.stages, at_s)]
        ramp_s = abs(rate - level) / pace
        left_s = math.inf if duration_s is None else max(0.0, duration_s - at_s)
        if ramp_s > left_s:
            stages.append(Stage(start=level, end=level + (rate - level) * left_s / ramp_s, duration_s=left_s))
        else:
            stages.append(Stage(start=level, end=rate, duration_s=ramp_s))
            stages.append(Stage(start=rate, end=rate, duration_s=None if duration_s is None else left_s - ramp_s))
        return msgspec.structs.replace(self, stages=tuple(stages))

    def curve(self) -> Curve:
        """From places to times and back, for those who ask often."""
        return Curve(self.stages)

    def places(self, part: Part, after: float = 0.0) -> Iterator[tuple[float, int]]:
        """(place, n) of the arrivals of `part` in order, without end: those whose places are not below `after`."""
        if self.poisson:
            yield from _poisson_places(self.seed, part, after)
            return
        first = max(0, math.ceil(after - 0.5))
        n = part.index + part.count * max(0, -(-(first - part.index) // part.count))
        while True:
            yield n + 0.5, n
            n += part.count

    def dues(self, part: Part, from_s: float = 0.0) -> Iterator[tuple[float, int]]:
        """(seconds after the start, n) of the arrivals of `part` that are due at or after `from_s`, in order."""
        curve = self.curve()
        for place, n in self.places(part, curve.place_at(from_s)):
            due_s = curve.time_of(place)
            if due_s is None:
                return
            yield due_s, n


class Curve:
    """The sum of a plan's rate over time, which is what arrivals are due by, and its inverse."""

    def __init__(self, stages: tuple[Stage, ...]) -> None:
        self._stages = [stage for stage in stages if stage.duration_s is None or stage.duration_s > 0]
        self._begins: list[float] = []
        """When each stage begins, in s; and then the end of the last one."""
        self._places: list[float] = []
        """The sum at that moment."""
        t = place = 0.0
        for stage in self._stages:
            self._begins.append(t)
            self._places.append(place)
            t += math.inf if stage.duration_s is None else stage.duration_s
            place += _area(stage)
        self._begins.append(t)
        self._places.append(place)

    @property
    def total(self) -> float:
        """The sum over the whole plan: it holds the arrivals whose places are below it."""
        return self._places[-1]

    def place_at(self, t: float) -> float:
        """How many arrivals are due until `t` seconds after the start, as a real number."""
        if t >= self._begins[-1]:
            return self._places[-1]
        index = bisect_right(self._begins, t) - 1
        if index < 0:
            return 0.0
        stage, into = self._stages[index], t - self._begins[index]
        return self._places[index] + into * (stage.level(0) + stage.level(into)) / 2

    def time_of(self, place: float) -> float | None:
        """When the sum reaches `place`, in seconds after the start; None where it never does."""
        if place >= self._places[-1]:
            return None
        index = bisect_right(self._places, place) - 1
        stage, rest = self._stages[index], place - self._places[index]
        rate = stage.level(0)
        slope = (stage.end - stage.start) / stage.duration_s if stage.duration_s else 0.0
        # The root of rate·t + slope·t²/2 = rest in the form that loses no digits, and divides by 0 only at once with rest.
        divisor = rate + math.sqrt(max(0.0, rate * rate + 2 * slope * rest))
        into = 2 * rest / divisor if divisor else 0.0
        # The square of a rate below 1e-154 is 0 and the root anywhere then, but no later than the end of the stage.
        return self._begins[index] + (into if stage.duration_s is None else min(into, stage.duration_s))


def _area(stage: Stage) -> float:
    if stage.duration_s is None:
        return math.inf if stage.end > 0 else 0.0
    return stage.duration_s * (stage.start + stage.end) / 2


def _poisson_places(seed: int, part: Part, after: float) -> Iterator[tuple[float, int]]:
    """Every process walks over all of them, and takes its own."""
    draw, log = random.Random(seed).random, math.log
    place, n = 0.0, 0
    while True:
        place -= log(1.0 - draw())
        if n % part.count == part.index and place >= after:
            yield place, n
        n += 1
