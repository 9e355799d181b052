"""The figures that are compared: what they are of an entry's totals, on which scale, and which way is worse; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from loadcell.compare.rest import Counted
from loadcell.errors import UsageError
from loadcell.objectives.units import PERCENTILE

USUAL = ("p50", "p95", "error_rate", "ok_rps")
_NAMES = "p50 … p99.9, avg, error_rate, rps or ok_rps"
IN_TAIL = 3
"""So many requests of a batch must lie beyond a percentile, and as many of a whole run as of all its batches together."""
SHARE_FLOOR = 0.1
"""What a floor of so many % is worth of a share: 5 % are half a percentage point."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the figures of an entry."""

    name: str
    unit: str
    """Of its values: ms, /s or %."""
    percent: float | None = None
    """Of a percentile."""
    more_is_worse: bool = True

    @property
    def is_share(self) -> bool:
        """Whether differences are told in percentage points, and not as ratios."""
        return self.unit == "%"

    def of(self, totals: Counted, seconds: float) -> float | None:
        """Its value: times in ms, shares 0 … 1; None where nothing was measured."""
        ok = totals.requests - totals.failures
        match self.name:
            case "error_rate":
                return totals.failures / totals.requests if totals.requests else None
            case "rps" | "ok_rps":
                return (totals.requests if self.name == "rps" else ok) / seconds if seconds > 0 else None
            case "avg":
                return totals.avg_us / 1000 if totals.avg_us else None
        us = totals.latency.percentile(self.percent or 0.0)
        return us / 1000 if us is not None else None

    def scaled(self, value: float | None) -> float | None:
        """A value on the scale on which differences add up; None where it has no place there."""
        if value is None or self.is_share:
            return value
        return math.log(value) if value > 0 else None

    def unscaled(self, value: float) -> float:
        """A value on the scale, as it is shown."""
        return value if self.is_share else math.exp(value)

    def floor(self, share: float) -> float:
        """The least difference that matters, on the scale of the figure; `share` is 0.05 for 5 %."""
        return share * SHARE_FLOOR if self.is_share else math.log1p(share)

    def least_requests(self, batches: int) -> int:
        """How many requests it takes to be told at all."""
        tail = 100.0 if self.percent is None else round(100 - self.percent, 9)
        return math.ceil(round(100 * IN_TAIL * batches / tail, 6))


def figure(name: str) -> Figure:
    """The figure of this name, as objectives call it. UsageError if there is none."""
    name = name.strip().lower()
    if name == "error_rate":
        return Figure(name, "%")
    if name in ("rps", "ok_rps"):
        return Figure(name, "/s", more_is_worse=False)
    if name == "avg":
        return Figure(name, "ms")
    found = PERCENTILE.fullmatch(name)
    if found and 0 < float(found[1]) < 100:
        return Figure(name, "ms", float(found[1]))
    raise UsageError(f"{name!r} is no figure that can be compared.", f"Those are {_NAMES}.")


def figures(names: Sequence[str]) -> tuple[Figure, ...]:
    """Those that were named, each once, or the usual ones. UsageError if one does not exist."""
    return tuple(dict.fromkeys(figure(name) for name in names or USUAL))
