"""Rounding halves up."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal


def proper_round(val: float, digits: int = 0) -> float:
    """`val` rounded as it is written: 2.5 → 3.0, 1.005 to two digits → 1.01."""
    place = Decimal(1).scaleb(-digits)
    return float((Decimal(str(val)) + place / 2).quantize(place, rounding=ROUND_FLOOR))
