"""A schema → an expression that makes a number of it. Pure."""

from __future__ import annotations

import math

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


def number(schema: Json, name: str, *, whole: bool) -> Expression:
    """A number within its bounds, at random where there is room."""
    step = schema.get("multipleOf")
    if whole or step:
        return _multiple(schema, name, step if step else 1)
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


def _multiple(schema: Json, name: str, step: float) -> Expression:
    least, most = whole_bounds(schema, name)
    if step == 1 or (step < 1 and (1 / step).is_integer()):
        return least if least == most else Code(f"random.randint({least}, {most})")
    first, last = math.ceil(least / step), math.floor(most / step)
    if first > last:
        # What was left unused is needed.
        _, high = bounds(schema)
        if high is not None and first * step > high[0]:
            raise Unbuildable(f"no multiple of {step} is within its bounds")
        last = first
    if float(step).is_integer() and last > first:
        return Code(f"random.randrange({first * int(step)}, {last * int(step) + 1}, {int(step)})")
    value = first * step
    return int(value) if float(value).is_integer() else value
