"""How throughput grows with the requests in the service: two curves through the loads of a run; pure.

The universal scalability law (Gunther 2007), X = λN / (1 + σ(N−1) + κN(N−1)): contention σ, coherency κ, a peak and a fall
behind it. And a line with a cap, X = ((λN)^−p + C^−p)^(−1/p): N* = C/λ is how many requests are served at a time, the size
of the pool that caps it. Residuals are of log X, so relative; which curve describes the run better, AICc says.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Literal, NamedTuple

import msgspec

from loadcell.diagnosis.least_squares import cost_of, minimised

FEWEST = 6
"""Distinct loads, of which a curve can be told."""
BEYOND = 1.5
"""A curve says nothing of more than so many times the largest N that was measured."""
SCALE = 0.05
BOOTSTRAPS = 200
HINT = 2.0
SHARPEST = 40.0
_TOUCHES_0 = 0.01
"""Where κ takes less than this share of the throughput at the largest N, its interval touches 0."""
_NUDGE = 1e-3
_BEFORE, _BEHIND = 0.9, 1.2
_FARTHEST = math.log(100.0)
"""From what was measured, in log: farther off, nothing is told."""
_SAME = 1.02
"""Two loads with fewer times the N of one another are one."""

Model = Literal["usl", "cap"]


class LoadPoint(msgspec.Struct, frozen=True, order=True):
    """Successes/s with so many requests in the service at a time (Little: throughput × response time)."""

    n: float
    x: float
    load: float = 0.0
    """Users, or iterations/s."""


class Known(msgspec.Struct, frozen=True):
    """A parameter with its 95 % interval, by a bootstrap of the residuals."""

    value: float
    low: float
    high: float


class Usl(msgspec.Struct, frozen=True, kw_only=True):
    """The universal scalability law."""

    rate: Known
    """λ: requests/s of one at a time."""
    contention: Known
    coherency: Known
    coherency_known: bool
    """False: the interval of κ touches 0, no fall was measured and none can be foretold."""
    peak_n: float | None
    peak_x: float | None
    """Where throughput is highest; None where that was not measured, nor nearly."""
    error: float
    """The usual relative deviation (0 … 1)."""


class Cap(msgspec.Struct, frozen=True, kw_only=True):
    """A line with a cap."""

    rate: Known
    ceiling: Known
    """C, requests/s."""
    knee: Known
    """N* = C/λ."""
    knee_known: bool
    """Whether there were loads on both sides of it."""
    sharpness: float
    error: float


class Scaling(msgspec.Struct, frozen=True, kw_only=True):
    """Both curves, and which describes the run better."""

    better: Model
    by: float
    """How far their AICc are apart: 2 is a hint, 10 leaves no doubt."""
    points: tuple[LoadPoint, ...]
    up_to_n: float
    """The curves say nothing beyond."""
    usl: Usl
    cap: Cap

    def at(self, n: float) -> float:
        """The throughput of the better curve; ValueError beyond `up_to_n`."""
        if n > self.up_to_n:
            raise ValueError(f"{n:g} is beyond what the curve says something of")
        return usl_at(self._parameters(), n) if self.better == "usl" else cap_at(self._parameters(), n)

    def _parameters(self) -> tuple[float, float, float]:
        if self.better == "usl":
            return self.usl.rate.value, self.usl.contention.value, self.usl.coherency.value
        return self.cap.rate.value, self.cap.ceiling.value, self.cap.sharpness


def usl_at(parameters: Sequence[float], n: float) -> float:
    """X of λ, σ, κ."""
    rate, contention, coherency = parameters
    others = max(0.0, n - 1)
    return rate * n / (1 + contention * others + coherency * n * others)


def cap_at(parameters: Sequence[float], n: float) -> float:
    """X of λ, C, p."""
    rate, ceiling, sharpness = parameters
    low, high = sorted((rate * n, ceiling))
    bend: float = (1 + (low / high) ** sharpness) ** (-1 / sharpness)
    return low * bend


def scaling_of(points: Sequence[LoadPoint], fewest: int = FEWEST) -> Scaling | None:
    """Both curves through the points; None for fewer than `fewest` distinct N."""
    known = sorted(point for point in points if point.n > 0 and point.x > 0)
    distinct = sum(1 for before, after in pairwise(known) if after.n > _SAME * before.n) + 1
    if not known or distinct < fewest:
        return None
    first = _first_rate(known)
    most = max(point.x for point in known)
    usl = _fitted(known, usl_at, _from_usl, _usl_starts(first))
    cap = _fitted(known, cap_at, partial(_from_cap, (first, most)), _cap_starts(first, most))
    usl_cost, cap_cost = (_aicc(len(known), one.cost) for one in (usl, cap))
    capped = _cap(cap, known)
    # A cap just above the highest load would be told by one point.
    better: Model = "cap" if usl_cost - cap_cost > (0 if capped.knee_known else HINT) else "usl"
    return Scaling(
        better=better,
        by=abs(usl_cost - cap_cost),
        points=tuple(known),
        up_to_n=BEYOND * known[-1].n,
        usl=_usl(usl, known[-1].n),
        cap=capped,
    )


class _Fit(NamedTuple):
    parameters: tuple[float, ...]
    cost: float
    error: float
    drawn: list[tuple[float, ...]]
    """The parameters of each bootstrap."""


def _fitted(
    points: Sequence[LoadPoint],
    curve: Callable[[Sequence[float], float], float],
    given: Callable[[Sequence[float]], tuple[float, float, float]],
    starts: Sequence[Sequence[float]],
) -> _Fit:
    """The best of many starts; `given` makes the parameters of what the search moves freely."""

    def residuals_from(logs: Sequence[float]) -> Callable[[Sequence[float]], list[float]]:
        def residuals(free: Sequence[float]) -> list[float]:
            parameters = given(free)
            return [math.log(curve(parameters, point.n)) - log for point, log in zip(points, logs, strict=True)]

        return residuals

    logs = [math.log(point.x) for point in points]
    measured = residuals_from(logs)
    # The nearest few starts are enough: most lead to the same place.
    nearest = sorted(starts, key=lambda start: cost_of(measured(start), SCALE))[:6]
    free, cost = min((minimised(measured, start, scale=SCALE) for start in nearest), key=lambda found: found[1])
    left = measured(free)
    # Three parameters make residuals smaller than errors are.
    wider = math.sqrt(len(points) / max(1, len(points) - 3))
    rng = random.Random(1)
    # From 0, where the slope is 0, no search would get away.
    near = [value if abs(value) > _NUDGE else _NUDGE for value in free]
    drawn: list[tuple[float, ...]] = []
    for _ in range(BOOTSTRAPS):
        again = [log + r + wider * rng.choice(left) for log, r in zip(logs, left, strict=True)]
        drawn.append(given(minimised(residuals_from(again), near, scale=SCALE, enough=1e-4)[0]))
    return _Fit(given(free), cost, math.sqrt(statistics.fmean(r * r for r in left)), drawn)


def _usl(fit: _Fit, most_n: float) -> Usl:
    rate, contention, coherency = (_known(fit, i) for i in range(3))
    kappa = coherency.value
    reach = most_n * max(0.0, most_n - 1)
    known = coherency.low * reach > _TOUCHES_0 * (1 + contention.value * most_n + kappa * reach)
    peak = math.sqrt((1 - contention.value) / kappa) if known and contention.value < 1 else None
    if peak is not None and not 1 <= peak <= BEYOND * most_n:
        peak = None
    return Usl(
        rate=rate,
        contention=contention,
        coherency=coherency,
        coherency_known=known,
        peak_n=peak,
        peak_x=None if peak is None else usl_at(fit.parameters, peak),
        error=fit.error,
    )


def _cap(fit: _Fit, points: Sequence[LoadPoint]) -> Cap:
    rate, ceiling, sharpness = fit.parameters
    knees = [drawn[1] / drawn[0] for drawn in fit.drawn]
    knee = _interval(ceiling / rate, knees)
    return Cap(
        rate=_known(fit, 0),
        ceiling=_known(fit, 1),
        knee=knee,
        knee_known=_BEFORE * points[0].n <= knee.low and _BEHIND * knee.high <= points[-1].n,
        sharpness=sharpness,
        error=fit.error,
    )


def _known(fit: _Fit, i: int) -> Known:
    return _interval(fit.parameters[i], [drawn[i] for drawn in fit.drawn])


def _interval(value: float, drawn: Sequence[float]) -> Known:
    ordered = sorted(drawn)
    cut = round(0.025 * len(ordered))
    return Known(value, min(value, ordered[cut]), max(value, ordered[-1 - cut]))


def _aicc(count: int, cost: float) -> float:
    """Akaike's criterion for few points: both curves have three parameters, and the errors' size is a fourth."""
    parameters = 4
    few = 2 * parameters * (parameters + 1) / max(1, count - parameters - 1)
    return count * math.log(max(cost, 1e-12) / count) + 2 * parameters + few


def _first_rate(points: Sequence[LoadPoint]) -> float:
    lowest = points[: max(2, len(points) // 3)]
    return statistics.median(point.x / point.n for point in lowest)


def _from_usl(free: Sequence[float]) -> tuple[float, float, float]:
    # Squares can't be below 0, and reach it; a sine stays below 1 as well.
    return math.exp(_within(free[0], 50)), math.sin(free[1]) ** 2, math.sin(free[2]) ** 2


def _from_cap(near: tuple[float, float], free: Sequence[float]) -> tuple[float, float, float]:
    rate, ceiling = (
        math.exp(log + _within(value - log, _FARTHEST)) for log, value in zip(map(math.log, near), free[:2], strict=True)
    )
    return rate, ceiling, min(SHARPEST, 0.5 + math.exp(_within(free[2], 5)))


def _usl_starts(first: float) -> list[list[float]]:
    return [
        [math.log(first * factor), math.asin(math.sqrt(contention)), math.asin(math.sqrt(coherency))]
        for factor in (1.0, 1.3)
        for contention in (0.001, 0.05, 0.5)
        for coherency in (1e-6, 1e-4, 1e-2)
    ]


def _cap_starts(first: float, most: float) -> list[list[float]]:
    return [
        [math.log(first * factor), math.log(most * above), math.log(sharpness)]
        for factor in (1.0, 1.3)
        for above in (1.0, 1.2, 3.0)
        for sharpness in (1.0, 4.0, 12.0)
    ]


def _within(value: float, most: float) -> float:
    return max(-most, min(most, value))
