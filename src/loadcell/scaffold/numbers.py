"""A schema → an expression that makes a number of it. Pure."""

from __future__ import annotations

import math
from fractions import Fraction

from loadcell.scaffold.naming import words
from loadcell.scaffold.python_code import Call, Code, Expression
from loadcell.scaffold.schemas import Json, Unbuildable, bounds
from loadcell.scaffold.vocabulary import SMALL


def whole_bounds(schema: Json, name: str) -> tuple[int, int]:
    """The whole numbers that are used, from and to; Unbuildable where there are none."""
    low, high = bounds(schema)
    least = None if low is None else math.floor(low[0]) + 1 if low[1] else math.ceil(low[0])
    most = None if high is None else math.ceil(high[0]) - 1 if high[1] else math.floor(high[0])
    span = 2 if SMALL.intersection(words(name)[-1:]) else 99
    if least is None:
        least = 1 if most is None or most >= 1 else most - span
    # Unused room is left unused: who allows 2³¹ of something seldom has them.
    most = least + span if most is None else min(most, max(least, 1) + span)
    if least == 0 and most > 0:
        least = 1
    if most < least:
        raise Unbuildable("no number is within its bounds")
    return least, most


def guessed(schema: Json, count: int) -> Code:
    """The first numbers, at most so many, that one of several may have; Unbuildable where there are none."""
    step = Fraction(str(schema.get("multipleOf") or 1)).numerator
    low, high = bounds(schema)
    first = max(1, math.floor(low[0]) + 1 if low[1] else math.ceil(low[0])) if low else 1
    first += -first % step
    last = first + (count - 1) * step
    if high:
        last = min(last, math.ceil(high[0]) - 1 if high[1] else math.floor(high[0]))
    if last < first:
        raise Unbuildable("no number is within its bounds")
    return Code(f"range({first}, {last + 1}{f', {step}' if step > 1 else ''})")


def number(schema: Json, name: str, *, whole: bool) -> Expression:
    """A number within its bounds, at random where there is room."""
    step = Fraction(str(schema.get("multipleOf") or (1 if whole else 0)))
    if step:
        # The whole multiples of 3/10 are those of 3.
        return _multiple(schema, name, Fraction(step.numerator) if whole else step)
    low, high = bounds(schema)
    try:
        least, most = whole_bounds(schema, name)
    except Unbuildable:
        least, most = 1, 0
    if least < most:
        return Call("round", [Code(f"random.uniform({least}, {most})"), 2])
    if least == most:
        return least
    between = [bound[0] for bound in (low, high) if bound is not None]
    return sum(between) / len(between)


def _multiple(schema: Json, name: str, step: Fraction) -> Expression:
    try:
        least, most = whole_bounds(schema, name)
    except Unbuildable:
        if step.denominator == 1:
            raise
        return _part(schema, step)
    if step.numerator == 1:  # every whole number is a multiple
        return least if least == most else Code(f"random.randint({least}, {most})")
    first, last = math.ceil(least / step), math.floor(most / step)
    if first > last:
        # What was left unused is needed.
        first, last = _multiples(schema, step, least)
        last = first
    if step.denominator == 1 and last > first:
        return Code(f"random.randrange({first * step.numerator}, {last * step.numerator + 1}, {step.numerator})")
    return _plain(first * step)


def _part(schema: Json, step: Fraction) -> Expression:
    """A multiple within bounds between which there is no whole number."""
    first, last = _multiples(schema, step, 0)
    if step.numerator == 1 and last > first:
        return Code(f"random.randint({first}, {last}) / {step.denominator}")
    return _plain(first * step)


def _multiples(schema: Json, step: Fraction, least: int) -> tuple[int, int]:
    """Of all multiples within the bounds the first and the last, as times the step; those from `least` on where there is no
    lower bound, one where there is no upper bound."""
    low, high = bounds(schema)
    first = math.ceil(Fraction(str(low[0])) / step) if low else math.ceil(least / step)
    first += bool(low and low[1] and first * step == Fraction(str(low[0])))
    last = math.floor(Fraction(str(high[0])) / step) if high else first
    last -= bool(high and high[1] and last * step == Fraction(str(high[0])))
    if not low and high:
        first = min(first, last)
    if first > last:
        raise Unbuildable(f"no multiple of {_plain(step)} is within its bounds")
    return first, last


def _plain(number: Fraction) -> float:
    return int(number) if number.denominator == 1 else float(number)
