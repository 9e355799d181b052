"""Student's t distribution: 40 lines, where scipy would be 100 MB to install; a test holds them to scipy's values.

The distribution function is an incomplete beta function, computed by its continued fraction (DiDonato and Morris 1992) with
the modified method of Lentz (Thompson and Barnett 1986).
"""

from __future__ import annotations

import math
from functools import lru_cache

_STEPS = 500
_EXACT = 1e-14


def share_below(t: float, freedom: float) -> float:
    """How likely a value up to `t` is, with so many degrees of freedom (above 0, not only whole ones)."""
    tail = 0.5 * _incomplete_beta(freedom / (freedom + t * t), freedom / 2)
    return 1 - tail if t > 0 else tail


@lru_cache(maxsize=4096)
def quantile(share: float, freedom: float) -> float:
    """The value that is not exceeded with this probability (above 0, below 1)."""
    if share < 0.5:
        return -quantile(1 - share, freedom)
    low, high = 0.0, 1.0
    while share_below(high, freedom) < share:
        low, high = high, 2 * high
    while high - low > 1e-12 * (1 + high):
        middle = (low + high) / 2
        low, high = (middle, high) if share_below(middle, freedom) < share else (low, middle)
    return (low + high) / 2


def _incomplete_beta(x: float, a: float, b: float = 0.5) -> float:
    """The regularised incomplete beta function."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    front = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(front) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1/(1 + d2/(1 + …)), from the front."""
    value, top, bottom = 1.0, 1.0, 0.0
    for step in range(1, _STEPS):
        m = step // 2
        if step % 2:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        bottom = 1 / (1 + d * bottom)
        top = 1 + d / top
        value *= top * bottom
        if abs(top * bottom - 1) < _EXACT:
            break
    return value
