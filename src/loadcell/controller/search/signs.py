"""The signs by which a service shows that it breaks, and the load at which each first showed."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import Literal

from loadcell.controller.search.seconds import Second, error_rate, p95_ms

SignKind = Literal["error_rate", "latency", "throughput_collapse", "refused", "crash"]
GRAVEST: tuple[SignKind, ...] = ("crash", "refused", "throughput_collapse", "error_rate", "latency")
"""From the gravest sign on: a crash, say, brings errors and waiting with it."""
CRASH_S = 3
REFUSED = 2
"""A single reset is a keep-alive connection that the server closed at the wrong moment."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A kind of distress, and when it showed."""

    kind: SignKind
    load: float
    at_s: int
    """Seconds since watching began."""


class Signs:
    """Watches the way up, second by second.

    `latency_limit_ms`: 3 × the p95 objective, else 10 × the p95 of the baseline. `error_limit`: the objective, else 1 %.
    A stall of a second is no sign: the windows are judged by their middle second. Whether throughput collapses is not seen
    here: that takes whole stages.
    """

    def __init__(self, latency_limit_ms: float, error_limit: float = 0.01, *, window_s: int = 5) -> None:
        self._latency_limit_ms = latency_limit_ms
        self._error_limit = error_limit
        self._window: deque[Second] = deque(maxlen=window_s)
        self._silent_s = 0
        self._answered = False
        self._elapsed_s = 0
        self.found: list[Sign] = []
        """In the order in which they showed; each kind once."""

    @staticmethod
    def latency_limit_of(baseline_p95_ms: float, objective_p95_ms: float | None = None) -> float:
        """The p95 that is a sign of distress, in ms."""
        return 10 * baseline_p95_ms if objective_p95_ms is None else 3 * objective_p95_ms

    def add(self, second: Second) -> list[Sign]:
        """One more second; the signs that are new with it."""
        self._elapsed_s += 1
        self._window.append(second)
        self._answered = self._answered or second.answered
        self._silent_s = 0 if second.answered or not second.load else self._silent_s + 1
        showing: dict[SignKind, bool] = {
            "crash": self._crashed(second),
            "refused": self._refuses(),
            "error_rate": self._fails(),
            "latency": self._is_slow(),
        }
        known = {sign.kind for sign in self.found}
        new = [Sign(kind, second.load, self._elapsed_s) for kind, shows in showing.items() if shows and kind not in known]
        self.found.extend(new)
        return new

    def _full(self) -> bool:
        return len(self._window) == self._window.maxlen

    def _crashed(self, second: Second) -> bool:
        return second.gone or (self._answered and self._silent_s >= CRASH_S)

    def _refuses(self) -> bool:
        return sum(s.refused for s in self._window) >= REFUSED and any(s.served for s in self._window)

    def _fails(self) -> bool:
        rate = error_rate(self._window)
        return self._full() and rate is not None and rate > self._error_limit

    def _is_slow(self) -> bool:
        values = [(p95_ms([second]), second.load) for second in self._window]
        known = [value if value is not None else math.inf if load else 0.0 for value, load in values]
        return self._full() and median(known) > self._latency_limit_ms
