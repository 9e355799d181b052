"""What a service must keep to: objectives such as `p99 of 'GET /items/[id]' < 800ms at 200 users`; grammar and parser, pure.

    objective   metric [of entry] comparison limit [at load] [for window]
    metric      p50 … p99.99 · avg · min · max · error_rate · rps · ok_rps · recovery · server.SIGNAL
    entry       'GET /items/[id]' · '/items/[id]' (of all methods) · without quotes where it begins with / and has no space
    comparison  < · <= · > · >=
    limit       times: µs, ms, s · error_rate: 1% or 0.01 · rates: 500 or 500/s · server.SIGNAL: a number and its unit
    load        200 users (closed model) · 500/s (open model, iterations)
    window      30s · 5m · 1h: whole seconds

A quote within an entry's quotes is written twice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import combinations
from typing import NoReturn

import msgspec


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


class ObjectiveError(ValueError):
    """A text that is no objective. Its words name the column, say what was expected there, and show it with a caret."""

    def __init__(self, text: str, at: int, expected: str) -> None:
        self.column = at + 1
        line = re.sub(r"[\x00-\x1f\x7f]", " ", text)
        super().__init__(f"at column {self.column}: {expected}\n    {line}\n    {' ' * at}^")


_TIME_UNITS = {"µs": 0.001, "μs": 0.001, "us": 0.001, "ms": 1.0, "s": 1000.0}
_WINDOW_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_SIGNAL_UNITS = {
    "cpu": "%",
    "host_cpu": "%",
    "memory": "MB",
    "memory_growth": "MB/min",
    "loop_lag": "ms",
    "db_pool_wait": "ms",
    "db_connections": "",
    "net_in": "MB/s",
    "net_out": "MB/s",
    "disk_read": "MB/s",
    "disk_write": "MB/s",
}
_NAMED = ("avg", "min", "max", "error_rate", "rps", "ok_rps", "recovery")
_METRICS = "p50 … p99.99, avg, min, max, error_rate, rps, recovery or server.SIGNAL"
_SERVER = "server."

_SPACE = re.compile(r"\s*")
_METRIC = re.compile(r"[A-Za-z_][\w.]*")
_PERCENTILE = re.compile(r"p(\d+(?:\.\d+)?)")
_SIGNAL = re.compile(r"server\.[a-z][a-z0-9_]*")
_KEYWORD = re.compile(r"[A-Za-z]+")
_COMPARISON = re.compile(r"<=|>=|<|>")
_QUOTED = re.compile(r"'((?:[^']|'')*)'|\"((?:[^\"]|\"\")*)\"")
_BARE = re.compile(r"(?:[A-Z]+\s+)?/[^\s<>]*")
_METHOD = re.compile(r"([A-Z]+) +(.*\S.*)", re.DOTALL)
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?")
_UNIT = re.compile(r"[A-Za-zµμ%]+(?:/[A-Za-z]+)?|/s(?![A-Za-z])")


def parse_objective(text: str) -> Objective:
    """The objective that `text` says. ObjectiveError if it says none.

    >>> parse_objective("P95 of /items<1.50s").text
    "p95 of '/items' < 1500ms"
    """
    return _Reading(text).objective()


def split_objectives(text: str) -> list[str]:
    """The objectives of one text, separated by commas or line ends outside quotes; the list may be in brackets."""
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    pieces = re.findall(r"(?:'[^']*'|\"[^\"]*\"|[^,\n'\"]|['\"])+", text)
    return [_without_quotes(piece.strip()) for piece in pieces if piece.strip()]


def contradictions(objectives: Sequence[Objective]) -> list[str]:
    """A sentence for each two objectives that no service can keep to at once."""
    found = []
    for one, other in combinations(dict.fromkeys(objectives), 2):
        for upper, lower in ((one, other), (other, one)):
            if _exclude(upper, lower):
                found.append(f"the objectives '{one.text}' and '{other.text}' contradict each other: nothing can meet both")
                break
    return found


class _Reading:
    """One text, read from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def objective(self) -> Objective:
        metric, percent = self._metric()
        method, name = self._entry(metric)
        comparison = self._expect(_COMPARISON, "expected <, <=, > or >=" + self._after(metric, name)).group()
        limit = self._limit(metric, comparison)
        at_users, at_rate, window_s = self._conditions(metric)
        found = Objective(
            text="",
            metric=metric,
            percent=percent,
            comparison=comparison,
            limit=limit,
            method=method,
            name=name,
            at_users=at_users,
            at_rate=at_rate,
            window_s=window_s,
        )
        return msgspec.structs.replace(found, text=f"{_subject(found)} {found.demand}{_conditions(found)}")

    def _after(self, metric: str, name: str | None) -> str:
        return f" after the entry, then a limit: {metric} of '…' < …" if name else f" and a limit: {metric} < …"

    def _metric(self) -> tuple[str, float | None]:
        self._skip()
        start = self._at
        metric = self._expect(_METRIC, f"expected a metric: {_METRICS}").group().lower()
        if percentile := _PERCENTILE.fullmatch(metric):
            percent = float(percentile[1])
            if not 0 < percent < 100:
                meant = f"p{percentile[1][:2]}.{percentile[1][2:]}" if re.fullmatch(r"9\d\d+", percentile[1]) else "max"
                self._fail(f"a percentile is above 0 and below 100: did you mean {meant}?", start)
            return f"p{percent!r}".removesuffix(".0"), percent
        if metric in _NAMED or _SIGNAL.fullmatch(metric):
            return metric, None
        if metric.startswith("server"):
            self._fail(
                f"expected the name of a signal, for example server.{', server.'.join(list(_SIGNAL_UNITS)[:3])}", start
            )
        return self._fail(f"expected a metric: {_METRICS}", start)

    def _entry(self, metric: str) -> tuple[str | None, str | None]:
        start = self._at
        if self._keyword() != "of":
            self._at = start
            return None, None
        if metric == "recovery" or metric.startswith(_SERVER):
            self._skip(start)
            self._fail(f"{metric} is of the whole service: leave the entry out")
        self._skip()
        entry_at = self._at
        if quoted := self._take(_QUOTED):
            entry = quoted[1].replace("''", "'") if quoted[1] is not None else quoted[2].replace('""', '"')
        elif bare := self._take(_BARE):
            entry = " ".join(bare.group().split())
        else:
            unclosed = self._text[entry_at : entry_at + 1] in ("'", '"')
            self._fail("this quote is never closed" if unclosed else "expected an entry in quotes, for example 'GET /items'")
        if not entry.strip():
            self._fail("expected the name of an entry between the quotes", entry_at)
        parts = _METHOD.fullmatch(entry)
        return (parts[1], entry[len(parts[1]) + 1 :]) if parts else (None, entry)

    def _limit(self, metric: str, comparison: str) -> float:
        self._skip()
        start = self._at
        example = _example(metric)
        number = float(self._expect(_NUMBER, f"expected a limit, for example {example}").group())
        self._skip()
        unit_at = self._at
        unit_match = _UNIT.match(self._text, self._at)
        unit = unit_match.group() if unit_match else ""
        if unit in ("at", "for"):
            unit = ""
        factor = _factor(metric, unit)
        if factor is None:
            told = f"{unit!r} is no unit of {metric}" if unit else f"{metric} needs a unit"
            self._fail(f"{told}: write for example {example}", unit_at if unit else start)
        self._at = unit_at + len(unit)
        limit = number / 100 if factor == 0.01 else number * factor
        if not math.isfinite(limit):
            self._fail("this number is too large", start)
        if metric == "error_rate" and limit > 1:
            self._fail(f"an error rate is a share of the requests: write {number:g}% or at most 1", start)
        if limit == 0 and comparison == "<":
            self._fail("nothing is less than 0: write <= 0", start)
        return limit

    def _conditions(self, metric: str) -> tuple[float | None, float | None, float | None]:
        at_users = at_rate = window_s = None
        while True:
            self._skip()
            start = self._at
            if start == len(self._text):
                return at_users, at_rate, window_s
            word = self._keyword()
            if metric == "recovery" and word in ("at", "for"):
                self._fail("recovery is measured once, after the stress: it has neither a load nor a window", start)
            if word == "at" and at_users is None and at_rate is None:
                at_users, at_rate = self._load()
            elif word == "for" and window_s is None:
                window_s = self._window()
            elif word in ("at", "for"):
                self._fail(f"'{word}' is there twice", start)
            else:
                self._fail("expected 'at' (a load), 'for' (a window) or the end", start)

    def _load(self) -> tuple[float | None, float | None]:
        self._skip()
        start = self._at
        number = float(self._expect(_NUMBER, "expected a load, for example 200 users or 500/s").group())
        self._skip()
        unit_at = self._at
        unit = self._take(_UNIT)
        if not number or not math.isfinite(number):
            self._fail("expected a load above 0", start)
        if unit and unit.group() in ("user", "users"):
            if not number.is_integer():
                self._fail("users come in whole numbers", start)
            return number, None
        if unit and unit.group() == "/s":
            return None, number
        return self._fail("expected 'users', or '/s' for iterations a second", unit_at)

    def _window(self) -> float:
        self._skip()
        start = self._at
        number = float(self._expect(_NUMBER, "expected a length of time, for example 30s").group())
        self._skip()
        unit_at = self._at
        unit = self._take(_UNIT)
        if unit is None or unit.group() not in _WINDOW_UNITS:
            self._fail("expected a unit: s, m or h", unit_at)
        seconds = number * _WINDOW_UNITS[unit.group()]
        if seconds < 1 or not seconds.is_integer():
            self._fail("a window is of whole seconds, at least 1s", start)
        return seconds

    def _keyword(self) -> str:
        self._skip()
        found = self._take(_KEYWORD)
        return found.group().lower() if found else ""

    def _skip(self, to: int | None = None) -> None:
        self._at = self._at if to is None else to
        self._take(_SPACE)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found

    def _expect(self, pattern: re.Pattern[str], expected: str) -> re.Match[str]:
        self._skip()
        found = self._take(pattern)
        if found is None:
            raise ObjectiveError(self._text, self._at, expected)
        return found

    def _fail(self, expected: str, at: int | None = None) -> NoReturn:
        raise ObjectiveError(self._text, self._at if at is None else at, expected)


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


def _without_quotes(piece: str) -> str:
    """A piece that is quoted as a whole, as in a list of TOML, without its quotes."""
    whole = len(piece) > 1 and piece[0] == piece[-1] and piece[0] in "'\"" and piece[0] not in piece[1:-1]
    return piece[1:-1].strip() if whole else piece


def _is_time(metric: str) -> bool:
    return metric in ("avg", "min", "max") or _PERCENTILE.fullmatch(metric) is not None


def _factor(metric: str, unit: str) -> float | None:
    """What a number with this unit is multiplied by; None if the metric does not come in it."""
    if _is_time(metric):
        return _TIME_UNITS.get(unit)
    if metric == "error_rate":
        return {"%": 0.01, "": 1.0}.get(unit)
    if metric in ("rps", "ok_rps"):
        return {"/s": 1.0, "": 1.0, "rps": 1.0}.get(unit)
    if metric == "recovery":
        return _WINDOW_UNITS.get(unit, {"ms": 0.001}.get(unit))
    own = _SIGNAL_UNITS.get(metric.removeprefix(_SERVER))
    if own == "ms" and unit:
        return _TIME_UNITS.get(unit)
    return 1.0 if unit in ("", own) or own is None else None


def _example(metric: str) -> str:
    if _is_time(metric):
        return "300ms (or µs, s)"
    if metric.startswith(_SERVER):
        return f"80{_SIGNAL_UNITS.get(metric.removeprefix(_SERVER), '')}"
    return {"error_rate": "1% or 0.01", "recovery": "30s"}.get(metric, "500 or 500/s")


def _limit_text(metric: str, limit: float) -> str:
    """The limit so that parsing it gives the very same number."""
    if _is_time(metric):
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
    return f"{_number(limit)}{_SIGNAL_UNITS.get(metric.removeprefix(_SERVER), '')}"


def _exact(limit: float, factor: float, unit: str) -> str:
    text = f"{limit / factor:.12g}"
    return f"{text}{unit}" if "e" not in text and float(text) * factor == limit else ""


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


def _shown_unit(metric: str, measured: float) -> tuple[str, float]:
    """The unit a measured value is shown in, and how much of the objective's own unit one of it is."""
    if _is_time(metric):
        return (" s", 1000.0) if measured >= 10_000 else (" ms", 1.0)
    if metric == "error_rate":
        return " %", 0.01
    if metric in ("rps", "ok_rps"):
        return "/s", 1.0
    if metric == "recovery":
        return " s", 1.0
    unit = _SIGNAL_UNITS.get(metric.removeprefix(_SERVER), "")
    return f" {unit}" if unit else "", 1.0


def _rounded(value: float, digits: int) -> str:
    """So many digits that matter, but never fewer than the whole ones."""
    whole = len(f"{abs(value):.0f}") if abs(value) >= 1 else 0
    text = f"{value:.{max(0, digits - whole)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exclude(upper: Objective, lower: Objective) -> bool:
    """Whether nothing that is below the limit of `upper` can be above that of `lower`."""
    if upper.comparison not in ("<", "<=") or lower.comparison not in (">", ">="):
        return False
    same_place = (upper.entry, upper.at_users, upper.at_rate) == (lower.entry, lower.at_users, lower.at_rate)
    if not same_place or not _never_above(lower.metric, upper.metric):
        return False
    strict = "=" not in upper.comparison or "=" not in lower.comparison
    return lower.limit > upper.limit or (strict and lower.limit == upper.limit)


def _never_above(low: str, high: str) -> bool:
    """Whether what `low` measures can't be more than what `high` measures."""
    if low == high or {low, high} == {"rps", "ok_rps"}:
        return True
    if not (_is_time(low) and _is_time(high)):
        return False
    if "avg" in (low, high):
        return low == "min" or high == "max"
    return _rank(low) <= _rank(high)


def _rank(metric: str) -> float:
    return {"min": 0.0, "max": 100.0}[metric] if metric in ("min", "max") else float(metric.removeprefix("p"))
