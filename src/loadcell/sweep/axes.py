"""The settings that are tried: axes with their values, and every combination of them; pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loadcell.errors import UsageError

WORKERS = "workers"
MOST_CELLS = 64
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Cell = tuple[tuple[str, str], ...]
"""One combination: (axis, value) for each axis."""


@dataclass(frozen=True, slots=True)
class Axis:
    """What is changed, and the values that it is given."""

    name: str
    values: tuple[str, ...]

    @property
    def numbers(self) -> tuple[float, ...] | None:
        """The values as numbers; None where they are not."""
        try:
            return tuple(float(value) for value in self.values)
        except ValueError:
            return None


def axis(text: str, name: str = "") -> Axis:
    """An axis written as NAME=a,b,c, or as a,b,c for a given name; numbers in their order. UsageError if it is none."""
    written = text
    if not name:
        name, equals, text = text.partition("=")
        if not equals or not _NAME.fullmatch(name.strip()):
            raise UsageError(f"{written!r} is no axis.", "Write it as NAME=a,b,c, for example POOL_SIZE=5,10,20.")
    values = tuple(value.strip() for value in text.split(","))
    if not all(values):
        raise UsageError(f"{written!r} has an empty value.", "Write the values with commas between, for example 1,2,4.")
    if len(set(values)) < len(values):
        raise UsageError(f"{written!r} has a value twice.", "Name each value once: how often it is tried, --repeat says.")
    if name == WORKERS and not all(value.isdecimal() and int(value) for value in values):
        raise UsageError(f"--workers {written!r}: workers come in whole numbers from 1.", "Write for example 1,2,4.")
    found = Axis(name.strip(), values)
    if found.numbers is None:
        return found
    return Axis(found.name, tuple(sorted(values, key=float)))


def cells(axes: Sequence[Axis]) -> list[Cell]:
    """Every combination, in the order of the values. UsageError if there are too many or nothing is varied."""
    if not axes or all(len(one.values) == 1 for one in axes):
        raise UsageError("Nothing is varied.", "Name at least two values: --workers 1,2,4 or --axis POOL_SIZE=5,10,20.")
    names = [one.name for one in axes]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"The axis {twice} is there twice.", "Name all of its values at once.")
    found = [tuple(zip(names, values, strict=True)) for values in itertools.product(*(one.values for one in axes))]
    if len(found) > MOST_CELLS:
        raise UsageError(
            f"These are {len(found)} combinations, and {MOST_CELLS} are the most.", "Vary one thing after another."
        )
    return found


def filled(words: Sequence[str], cell: Cell) -> tuple[list[str], dict[str, str]]:
    """A command with the placeholders {name} filled in, and what of the cell goes into the environment instead."""
    environment: dict[str, str] = {}
    found = list(words)
    for name, value in cell:
        if any(f"{{{name}}}" in word for word in found):
            found = [word.replace(f"{{{name}}}", value) for word in found]
        else:
            environment[name] = value
    return found, environment


def shown(cell: Cell) -> str:
    """A cell in words.

    >>> shown((("workers", "2"), ("POOL_SIZE", "5")))
    'workers=2 POOL_SIZE=5'
    """
    return " ".join(f"{name}={value}" for name, value in cell)


def value_of(cell: Cell, name: str) -> str:
    """The value of an axis."""
    found: Mapping[str, str] = dict(cell)
    return found[name]
