"""Rounding halves up."""

from __future__ import annotations

import math


def proper_round(val: float, digits: int = 0) -> float:
    """`val` rounded, halves away from zero."""
    scale = 10**digits
    return math.copysign(math.floor(abs(val) * scale + 0.5) / scale, val)
