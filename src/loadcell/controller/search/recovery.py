"""Does the service come back after it broke, and after how long?

At half the capacity, recovered is the start of the first three windows in a row whose p95 and error rate are within
tolerance of the same load on the way up. If that does not happen, the service gets some seconds without load and a second
chance: what needs that is metastable (overload that sustains itself; Bronson et al., HotOS 2021), what does not come back
even then is degraded, or dead if nothing answers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from loadcell.controller.search.seconds import Second, error_rate, p95_ms

State = Literal["recovered", "degraded", "metastable", "dead"]
WINDOWS = 3
IDLE_S = 10
NOISE_MS = 5.0
"""What other work on the machine may add to a p95."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What counts as back to normal."""

    p95_ms: float
    error_rate: float

    @classmethod
    def of(
        cls,
        seconds: Sequence[Second],
        window_s: int,
        allowed_error_rate: float = 0.01,
        allowed_p95_ms: float = 0.0,
    ) -> Tolerance:
        """From the same load on the way up: p95 ≤ max(1.2 ×, + 2 MAD of its windows); errors as then, or as allowed.

        A service may have a rhythm: what its worst window was then, wherever it began, is no damage now; nor are a few ms
        more, which a machine that does something else adds by itself. Both only as far as they are within `allowed_p95_ms`,
        the objective: a stall on the way up excuses nothing beyond that. ValueError if nothing was answered then.
        """
        windows = [p95_ms(seconds[at : at + window_s]) for at in range(0, len(seconds) - window_s + 1, window_s)]
        known = [value for value in windows if value is not None]
        if not known:
            raise ValueError("nothing to compare with: no window on the way up was answered")
        middle = median(known)
        deviation = median(abs(value - middle) for value in known) if math.isfinite(middle) else 0.0
        errors = error_rate(seconds) or 0.0
        sliding = [p95_ms(seconds[at : at + window_s]) or 0.0 for at in range(len(seconds) - window_s + 1)]
        excused = min(max(1.2 * max(sliding), middle + NOISE_MS), allowed_p95_ms)
        return cls(max(1.2 * middle, middle + 2 * deviation, excused), max(errors, allowed_error_rate))

    def covers(self, window: Sequence[Second]) -> bool:
        """The window is answered, and as well as before."""
        p95, errors = p95_ms(window), error_rate(window)
        return p95 is not None and errors is not None and p95 <= self.p95_ms and errors <= self.error_rate


class Recovery:
    """Says which load it wants, and is told what each second under it was like.

    `load` is half the capacity; `patience_s` is how long the service may take, each time.
    """

    def __init__(self, load: float, tolerance: Tolerance, *, window_s: int = 5, patience_s: int = 60) -> None:
        self.load = load
        """Half the capacity."""
        self.tolerance = tolerance
        self._window_s = window_s
        self._patience_s = patience_s
        self._elapsed_s = 0
        self._idle_left_s = 0
        self._second_chance = False
        self._watch_began_s = 0
        self._watched: list[Second] = []
        self._within: list[bool] = []
        self.state: State | None = None
        """None: not decided yet."""
        self.seconds: float | None = None
        """From the drop of the load to the first of the good windows; None if it never came."""

    @property
    def wanted_load(self) -> float:
        """The load for the next second; 0 while the service is left alone, and at the end."""
        return 0.0 if self.state is not None or self._idle_left_s else self.load

    def add(self, second: Second) -> None:
        """One more second has passed."""
        if self.state is not None:
            return
        self._elapsed_s += 1
        if self._idle_left_s:
            self._idle_left_s -= 1
            if not self._idle_left_s:
                self._watch_began_s = self._elapsed_s
            return
        self._watched.append(second)
        if len(self._watched) >= self._window_s:
            self._within.append(self.tolerance.covers(self._watched[-self._window_s :]))
        start = self._good_since()
        if start is not None:
            self.state = "metastable" if self._second_chance else "recovered"
            self.seconds = float(self._watch_began_s + start)
        elif len(self._watched) >= self._patience_s + WINDOWS * self._window_s:
            self._give_up()

    def _good_since(self) -> int | None:
        """The second of the watch at which three good windows in a row, that end now, began."""
        last = len(self._within) - 1
        starts = [last - i * self._window_s for i in range(WINDOWS)]
        if starts[-1] < 0 or not all(self._within[at] for at in starts):
            return None
        return starts[-1]

    def _give_up(self) -> None:
        if self._second_chance:
            answered = any(second.answered for second in self._watched)
            self.state = "degraded" if answered else "dead"
            return
        self._second_chance = True
        self._idle_left_s = IDLE_S
        self._watched, self._within = [], []
