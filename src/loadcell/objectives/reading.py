"""From a text to an objective, read from left to right."""

from __future__ import annotations

import math
import re
from typing import NoReturn

import msgspec

from loadcell.objectives.objective import Objective
from loadcell.objectives.units import PERCENTILE, SERVER, SIGNAL_UNITS, WINDOW_UNITS, example_of, factor_of

_NAMED = ("avg", "min", "max", "error_rate", "rps", "ok_rps", "recovery")
_METRICS = "p50 … p99.99, avg, min, max, error_rate, rps, recovery or server.SIGNAL"

_SPACE = re.compile(r"\s*")
_METRIC = re.compile(r"[A-Za-z_][\w.]*")
_SIGNAL = re.compile(r"server\.[a-z][a-z0-9_]*")
_KEYWORD = re.compile(r"[A-Za-z]+")
_COMPARISON = re.compile(r"<=|>=|<|>")
_QUOTED = re.compile(r"'((?:[^']|'')*)'|\"((?:[^\"]|\"\")*)\"")
_BARE = re.compile(r"(?:[A-Z]+\s+)?/[^\s<>]*")
_METHOD = re.compile(r"([A-Z]+) +(.*\S.*)", re.DOTALL)
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?")
_UNIT = re.compile(r"[A-Za-z\u00b5\u03bc%]+(?:/[A-Za-z]+)?|/s(?![A-Za-z])")
"""Two letters are in use for micro."""


class ObjectiveError(ValueError):
    """A text that is no objective. Its words name the column, say what was expected there, and show it with a caret."""

    def __init__(self, text: str, at: int, expected: str) -> None:
        self.column = at + 1
        line = re.sub(r"[\x00-\x1f\x7f]", " ", text)
        super().__init__(f"at column {self.column}: {expected}\n    {line}\n    {' ' * at}^")


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
        return msgspec.structs.replace(found, text=found.normalised)

    def _after(self, metric: str, name: str | None) -> str:
        return f" after the entry, then a limit: {metric} of '…' < …" if name else f" and a limit: {metric} < …"

    def _metric(self) -> tuple[str, float | None]:
        self._skip()
        start = self._at
        metric = self._expect(_METRIC, f"expected a metric: {_METRICS}").group().lower()
        if percentile := PERCENTILE.fullmatch(metric):
            percent = float(percentile[1])
            if not 0 < percent < 100:
                meant = f"p{percentile[1][:2]}.{percentile[1][2:]}" if re.fullmatch(r"9\d\d+", percentile[1]) else "max"
                self._fail(f"a percentile is above 0 and below 100: did you mean {meant}?", start)
            return f"p{percent!r}".removesuffix(".0"), percent
        if metric in _NAMED or _SIGNAL.fullmatch(metric):
            return metric, None
        if metric.startswith("server"):
            self._fail(
                f"expected the name of a signal, for example server.{', server.'.join(list(SIGNAL_UNITS)[:3])}", start
            )
        return self._fail(f"expected a metric: {_METRICS}", start)

    def _entry(self, metric: str) -> tuple[str | None, str | None]:
        start = self._at
        if self._keyword() != "of":
            self._at = start
            return None, None
        if metric == "recovery" or metric.startswith(SERVER):
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
        example = example_of(metric)
        number = float(self._expect(_NUMBER, f"expected a limit, for example {example}").group())
        self._skip()
        unit_at = self._at
        unit_match = _UNIT.match(self._text, self._at)
        unit = unit_match.group() if unit_match else ""
        if unit in ("at", "for"):
            unit = ""
        factor = factor_of(metric, unit)
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
        if unit is None or unit.group() not in WINDOW_UNITS:
            self._fail("expected a unit: s, m or h", unit_at)
        seconds = number * WINDOW_UNITS[unit.group()]
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


def _without_quotes(piece: str) -> str:
    """A piece that is quoted as a whole, as in a list of TOML, without its quotes."""
    whole = len(piece) > 1 and piece[0] == piece[-1] and piece[0] in "'\"" and piece[0] not in piece[1:-1]
    return piece[1:-1].strip() if whole else piece
