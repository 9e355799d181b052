"""One objective, how it is written, and how it was kept."""

from __future__ import annotations

import math

import msgspec

from loadcell.objectives.units import SERVER, SIGNAL_UNITS, is_time


class Objective(msgspec.Struct, frozen=True, kw_only=True):
    """One objective, as `parse_objective` understood it."""

    text: str
    """Normalised: parsing it gives the same objective."""
    metric: str
    """p95, p99.9 …, avg, min, max, error_rate, rps, ok_rps, recovery or server.SIGNAL."""
    percent: float | None = None
    """95.0 for p95; None where the metric is no percentile."""
    comparison: str
    """<, <=, > or >=."""
    limit: float
    """Response times in ms, recovery in s, error_rate as a fraction, rates per second, server.SIGNAL in its own unit."""
    method: str | None = None
    """With `name`: the entry it is about; both None for all entries together."""
    name: str | None = None
    at_users: float | None = None
    """The load at which it must hold; None for any."""
    at_rate: float | None = None
    window_s: float | None = None
    """The length of the sliding windows in each of which it must hold; None for whole stages."""

    @property
    def entry(self) -> str | None:
        """The entry as it was written: its method, if it names one, and its name."""
        return f"{self.method} {self.name}" if self.method else self.name

    def is_about(self, method: str, name: str) -> bool:
        """Whether the requests of this entry count for it."""
        entry = self.entry
        return entry is None or entry in (name, f"{method} {name}")

    @property
    def subject(self) -> str:
        """What must keep to the limit: the text without comparison and limit."""
        return _subject(self) + _conditions(self)

    @property
    def normalised(self) -> str:
        """The one form in which it is written."""
        return f"{_subject(self)} {self.demand}{_conditions(self)}"

    @property
    def demand(self) -> str:
        """Comparison and limit."""
        return f"{self.comparison} {_limit_text(self.metric, self.limit)}"

    def holds(self, measured: float) -> bool:
        """Whether this value, in the unit of `limit`, keeps to it."""
        match self.comparison:
            case "<":
                return measured < self.limit
            case "<=":
                return measured <= self.limit
            case ">":
                return measured > self.limit
        return measured >= self.limit

    def shown(self, measured: float) -> str:
        """A measured value with its unit, and as many digits as show on which side of the limit it is."""
        if math.isinf(measured):
            return "time-out"
        unit, scale = _shown_unit(self.metric, measured)
        text = ""
        for digits in range(3, 12):
            text = _rounded(measured / scale, digits)
            as_shown = float(text) * scale
            if self.holds(as_shown) == self.holds(measured) and (as_shown != self.limit or measured == self.limit):
                break
        return f"{text}{unit}"


TIMED_OUT = "it was a time-out"
"""The reason why a response time has no number: there was no answer for as long as anybody waited."""


NOT_JUDGED = "not judged: "
"""How the reason begins where the run never came to what an objective is judged by."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How one objective was kept in one stage."""

    text: str
    stage: str
    """The stage it was judged in; empty where there was none."""
    measured: float | None = None
    """In the unit of the objective's limit; None where `reason` says why there is no number."""
    passed: bool | None = None
    """None: a run of this kind does not measure it, or the run is invalid."""
    reason: str = ""

    @property
    def was_judged(self) -> bool:
        """False for what the run never came to: it counts as missed, for what is not proven passes nowhere."""
        return not (self.passed is False and self.reason.startswith(NOT_JUDGED))


def _subject(objective: Objective) -> str:
    entry = objective.entry
    return objective.metric if entry is None else f"{objective.metric} of {_quoted(entry)}"


def _conditions(objective: Objective) -> str:
    text = ""
    if objective.at_users is not None:
        text += f" at {_number(objective.at_users)} {'user' if objective.at_users == 1 else 'users'}"
    if objective.at_rate is not None:
        text += f" at {_number(objective.at_rate)}/s"
    if objective.window_s is not None:
        text += f" for {_number(objective.window_s)}s"
    return text


def _quoted(entry: str) -> str:
    quote = '"' if "'" in entry and '"' not in entry else "'"
    return f"{quote}{entry.replace(quote, quote * 2)}{quote}"


def _limit_text(metric: str, limit: float) -> str:
    """The limit so that parsing it gives the very same number."""
    if is_time(metric):
        largest_first = (("s", 1000.0), ("ms", 1.0), ("µs", 0.001))
        unit, factor = next((one for one in largest_first if limit >= one[1]), ("ms", 1.0))
        return _exact(limit, factor, unit) or f"{_number(limit)}ms"
    if metric == "error_rate":
        percent = f"{limit * 100:.12g}"
        return f"{percent}%" if float(percent) / 100 == limit else _number(limit)
    if metric == "recovery":
        return f"{_number(limit)}s"
    if metric in ("rps", "ok_rps"):
        return _number(limit)
    return f"{_number(limit)}{SIGNAL_UNITS.get(metric.removeprefix(SERVER), '')}"


def _exact(limit: float, factor: float, unit: str) -> str:
    text = f"{limit / factor:.12g}"
    return f"{text}{unit}" if "e" not in text and float(text) * factor == limit else ""


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


def _shown_unit(metric: str, measured: float) -> tuple[str, float]:
    """The unit a measured value is shown in, and how much of the objective's own unit one of it is."""
    if is_time(metric):
        return (" s", 1000.0) if measured >= 10_000 else (" ms", 1.0)
    if metric == "error_rate":
        return " %", 0.01
    if metric in ("rps", "ok_rps"):
        return "/s", 1.0
    if metric == "recovery":
        return " s", 1.0
    unit = SIGNAL_UNITS.get(metric.removeprefix(SERVER), "")
    return unit if unit.startswith("/") else f" {unit}" if unit else "", 1.0


def _rounded(value: float, digits: int) -> str:
    """So many digits that matter, but never fewer than the whole ones."""
    whole = len(f"{abs(value):.0f}") if abs(value) >= 1 else 0
    text = f"{value:.{max(0, digits - whole)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
