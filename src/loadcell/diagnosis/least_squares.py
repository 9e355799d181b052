"""A small Levenberg–Marquardt for a handful of parameters, with a loss that outliers hardly count in; pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Residuals = Callable[[Sequence[float]], list[float]]
_STEP = 1e-6
_MOST_STEPS = 60


def cost_of(residuals: Sequence[float], scale: float) -> float:
    """Sum of squares up to about `scale`, of the residuals themselves beyond it (soft L1)."""
    return sum(2 * scale * scale * (math.sqrt(1 + (r / scale) ** 2) - 1) for r in residuals)


def minimised(
    residuals: Residuals, start: Sequence[float], *, scale: float, enough: float = 1e-9
) -> tuple[list[float], float]:
    """(parameters, cost) of the nearest minimum; residuals far above `scale` count by their size, not its square.

    It ends when a step makes the cost less by no more than the share `enough`.
    """
    at = list(start)
    now = residuals(at)
    cost = cost_of(now, scale)
    damping = 1e-2
    for _ in range(_MOST_STEPS):
        weights = [1 / math.sqrt(1 + (r / scale) ** 2) for r in now]
        slopes = [_slope(residuals, at, now, i) for i in range(len(at))]
        normal = [[sum(w * a * b for w, a, b in zip(weights, p, q, strict=True)) for q in slopes] for p in slopes]
        down = [-sum(w * a * r for w, a, r in zip(weights, p, now, strict=True)) for p in slopes]
        for _ in range(8):
            damped = [
                [value + (damping * (value + 1e-12) if i == j else 0.0) for j, value in enumerate(row)]
                for i, row in enumerate(normal)
            ]
            step = solved(damped, down)
            if step is not None:
                there = [value + change for value, change in zip(at, step, strict=True)]
                after = residuals(there)
                less = cost_of(after, scale)
                if less < cost:
                    break
            damping *= 4
        else:
            return at, cost
        gained, at, now, cost = cost - less, there, after, less
        damping = max(1e-9, damping / 6)
        if gained <= enough * (cost + 1e-12):
            break
    return at, cost


def solved(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float] | None:
    """x of matrix · x = right; None where there is none, or many.

    >>> solved([[2.0, 1.0], [1.0, 3.0]], [5.0, 10.0])
    [1.0, 3.0]
    """
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda i: abs(rows[i][column]))
        if not abs(rows[pivot][column]) > 1e-300:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for i in range(column + 1, size):
            factor = rows[i][column] / rows[column][column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[column], strict=True)]
    found = [0.0] * size
    for i in reversed(range(size)):
        rest = sum(rows[i][j] * found[j] for j in range(i + 1, size))
        found[i] = (rows[i][size] - rest) / rows[i][i]
    return found if all(math.isfinite(value) for value in found) else None


def _slope(residuals: Residuals, at: Sequence[float], now: Sequence[float], i: int) -> list[float]:
    step = _STEP * max(1.0, abs(at[i]))
    there = list(at)
    there[i] += step
    return [(after - before) / step for after, before in zip(residuals(there), now, strict=True)]
