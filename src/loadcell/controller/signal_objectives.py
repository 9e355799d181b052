"""Judges objectives about what the service felt, such as server.cpu < 85%; pure.

Signals of a second come later than the second itself, and are the mean of it; over a stage or a window their mean counts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from loadcell.controller.stages_judged import Held, is_judged, labels
from loadcell.objectives import Objective, Result
from loadcell.objectives.units import SERVER

_REMEMBERED_S = 120
"""How long it is known which stage a second belonged to."""
GIVE_UP_S = 10.0


@dataclass(slots=True)
class _Sum:
    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        self.total += value
        self.count += 1

    @property
    def mean(self) -> float:
        return self.total / self.count


class SignalCase:
    """One objective about a signal, and what there is to judge it by."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self._signal = objective.metric.removeprefix(SERVER)
        self._held: dict[int, Held] = {}
        self._stages: dict[int, tuple[Held, _Sum]] = {}
        """By stage number; objectives about one load have all under that of the first."""
        self._recent: deque[float] = deque(maxlen=round(objective.window_s or GIVE_UP_S))
        self._now: _Sum | None = None
        self._worst: tuple[float, Held] | None = None
        self._seen = False

    def held(self, second: int, stage: Held) -> None:
        """Which stage a second belonged to."""
        self._held[second] = stage
        self._held.pop(second - _REMEMBERED_S, None)

    def seen(self, second: int, signals: Mapping[str, float]) -> None:
        """What the service felt in it."""
        value = signals.get(self._signal)
        if value is None:
            return
        self._seen = True
        stage = self._held.pop(second, None)
        if stage is None or not is_judged(self.objective, stage):
            self._recent.clear()
            self._now = None
            return
        about_one_load = self.objective.at_users is not None or self.objective.at_rate is not None
        number = next(iter(self._stages), stage.number) if about_one_load else stage.number
        self._now = self._stages.setdefault(number, (stage, _Sum()))[1]
        self._now.add(value)
        self._recent.append(value)
        if self.objective.window_s is not None and self._is_full:
            mean = self._mean
            upper = self.objective.comparison in ("<", "<=")
            if self._worst is None or (mean > self._worst[0] if upper else mean < self._worst[0]):
                self._worst = (mean, stage)

    @property
    def _is_full(self) -> bool:
        return len(self._recent) == self._recent.maxlen

    @property
    def _mean(self) -> float:
        return sum(self._recent) / len(self._recent)

    def failed_now(self) -> str:
        """Why it fails whatever comes; empty while it need not."""
        if self._now is None or not self._is_full or self.objective.holds(self._mean):
            return ""
        if self.objective.window_s is not None:
            told = f"over the last {self.objective.window_s:g} s"
        elif not self.objective.holds(self._now.mean):
            told = f"over the last {GIVE_UP_S:g} s and the stage so far"
        else:
            return ""
        return f"{self.objective.text}: {self.objective.shown(self._mean)} {told}"

    def results(self) -> list[Result]:
        """How it was kept, stage by stage, or over the worst window."""
        text = self.objective.text
        if not self._seen:
            return [Result(text=text, stage="", reason="this signal of the service was not seen")]
        if not self._stages:
            return [Result(text=text, stage="", reason="the load was never held while this signal was seen")]
        if self.objective.window_s is not None:
            if self._worst is None:
                reason = f"the load lasted less than one window of {self.objective.window_s:g} s"
                return [Result(text=text, stage="", reason=reason)]
            return [self._result(self._worst[0], self._worst[1].phase)]
        names = labels([stage for stage, _ in self._stages.values()])
        return [self._result(found.mean, name) for name, (_, found) in zip(names, self._stages.values(), strict=True)]

    def _result(self, measured: float, stage: str) -> Result:
        return Result(text=self.objective.text, stage=stage, measured=measured, passed=self.objective.holds(measured))
