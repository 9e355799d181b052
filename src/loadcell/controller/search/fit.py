"""Where a noisy, growing figure crosses its limit: the load, with an interval.

The figure is the logarithm of margin = measured / limit, over the logarithm of the load. Near the crossing it is a line of
unknown slope: from 1 (users without think time, whose response time grows as their number) to hundreds (arrivals beside
saturation). Far from it, it is only known to be small or large, so it is cut at ±1, and the line bends into a tanh.
That makes one disturbed trial as harmless as one vote. The errors are taken for Student's t with 3 degrees of freedom
(Lange, Little, Taylor 1989), so outliers hardly count where the rest agrees. The posterior of crossing and slope is
summed over a grid; trials that follow each other are alike near saturation, and count for less by as much.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

CUT = 1.0
"""Beyond this, a log margin says only "far below" or "far above"."""
LEAST_SCALE = 0.05
"""Of the errors: margins come from finitely many requests, and curves are no lines."""
WORTH = 0.5
"""How many trials one counts for: their errors come in rows, of which `_independent_share` sees only the nearest."""
SLOPES = tuple(0.4 * 1.8**i for i in range(12))
_SLOPE_CENTRE, _SLOPE_SPREAD = math.log(8.0), 1.5


@dataclass(frozen=True, slots=True)
class Point:
    """One trial: log load, log margin cut at ±CUT, and its weight (1: a trial of the usual length)."""

    x: float
    y: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Crossing:
    """Logarithms of loads."""

    x: float
    low: float
    high: float
    slope: float
    scale: float


def cut(margin: float) -> float:
    """The log margin, cut."""
    if margin <= 0:
        return -CUT
    return max(-CUT, min(CUT, math.log(margin)))


def crossing(points: Sequence[Point], *, cells: int = 61, confidence: float = 0.95) -> Crossing:
    """Where the margin is 1, from points in the order of their measurement."""
    found = _on_grid(points, _change(points), 0.5, cells, confidence)
    for _ in range(3):
        reach = min(0.5, max(0.01, 1.5 * max(found.high - found.x, found.x - found.low)))
        found = _on_grid(points, found.x, reach, cells, confidence)
    return found


def _change(points: Sequence[Point]) -> float:
    """The load that parts the low margins from the high ones with the fewest on the wrong side."""
    ordered = sorted(points, key=lambda point: point.x)
    wrong = sum(max(0.0, -point.y) * point.weight for point in ordered)
    least, best = wrong, ordered[0].x
    for point, after in zip(ordered, [*ordered[1:], ordered[-1]], strict=True):
        wrong += point.y * point.weight
        if wrong < least:
            least, best = wrong, (point.x + after.x) / 2
    return best


def _on_grid(points: Sequence[Point], centre: float, reach: float, cells: int, confidence: float) -> Crossing:
    low, high = centre - reach, centre + reach
    scale, thin = 0.3, 1.0
    best = (0.0, 0.0)
    step = (high - low) / (cells - 1)
    xs = [low + i * step for i in range(cells)]
    grid: list[list[float]] = []
    for _ in range(3):
        grid = [[_log_posterior(points, x, slope, scale, thin) for x in xs] for slope in SLOPES]
        best = _best(grid, xs)
        residuals = [point.y - _model(point.x, *best) for point in points]
        scale = _scale(points, residuals, scale)
        thin = _independent_share(residuals)
    top = max(max(row) for row in grid)
    marginal = [sum(math.exp(row[i] - top) for row in grid) for i in range(cells)]
    tail = (1 - confidence) / 2
    ends = [_quantile(xs, marginal, share) for share in (0.5, tail, 1 - tail)]
    slopes = [sum(math.exp(value - top) for value in row) for row in grid]
    slope = math.exp(sum(math.log(s) * w for s, w in zip(SLOPES, slopes, strict=True)) / sum(slopes))
    return Crossing(ends[0], ends[1], ends[2], slope, scale)


def _model(x: float, crossing_x: float, slope: float) -> float:
    return CUT * math.tanh(slope * (x - crossing_x) / CUT)


def _log_posterior(points: Sequence[Point], crossing_x: float, slope: float, scale: float, thin: float) -> float:
    total = 0.0
    square = 3 * scale * scale
    tanh, log1p, factor = math.tanh, math.log1p, slope / CUT
    for point in points:
        residual = point.y - CUT * tanh(factor * (point.x - crossing_x))
        total -= point.weight * log1p(residual * residual / square)
    return 2 * WORTH * thin * total - 0.5 * ((math.log(slope) - _SLOPE_CENTRE) / _SLOPE_SPREAD) ** 2


def _best(grid: list[list[float]], xs: list[float]) -> tuple[float, float]:
    row = max(range(len(SLOPES)), key=lambda i: max(grid[i]))
    return xs[max(range(len(xs)), key=lambda i: grid[row][i])], SLOPES[row]


def _scale(points: Sequence[Point], residuals: list[float], scale: float) -> float:
    """The maximum-likelihood scale of a t distribution with 3 degrees of freedom, by its fixed point."""
    weights = sum(point.weight for point in points)
    for _ in range(10):
        square = scale * scale
        pairs = zip(points, residuals, strict=True)
        scale = math.sqrt(sum(p.weight * 4 * r * r / (3 + r * r / square) for p, r in pairs) / weights)
        scale = max(scale, LEAST_SCALE)
    return scale


def _independent_share(residuals: list[float]) -> float:
    """How many independent trials a trial is worth, from the correlation of each with the next."""
    if len(residuals) < 8:
        return 1.0
    power = sum(r * r for r in residuals)
    if power == 0:
        return 1.0
    correlation = sum(a * b for a, b in pairwise(residuals)) / power
    return (1 - correlation) / (1 + correlation) if 0 < correlation < 0.8 else 1.0 if correlation <= 0 else 0.1


def _quantile(xs: list[float], density: list[float], share: float) -> float:
    """Of a density known at equal steps, each standing for the cell around it."""
    wanted = share * sum(density)
    step = xs[1] - xs[0]
    seen = 0.0
    for x, mass in zip(xs, density, strict=True):
        if seen + mass >= wanted and mass > 0:
            return x + step * ((wanted - seen) / mass - 0.5)
        seen += mass
    return xs[-1]
