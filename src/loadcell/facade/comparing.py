"""Two results, or two sets of them, set against one another."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack

from loadcell.compare import FLOOR, Comparison, Question, compare, figures
from loadcell.errors import UsageError
from loadcell.facade.result import Result
from loadcell.facade.stored import open_run
from loadcell.store import RunReader

Side = Result | str | os.PathLike[str]


def compare_runs(
    before: Side | Sequence[Side],
    after: Side | Sequence[Side],
    *,
    figure: str | Sequence[str] = (),
    entry: str | Sequence[str] = (),
    floor: float = FLOOR,
    at: float | None = None,
) -> Comparison:
    """What `loadcell compare` says: `verdict`, and `rows` with every figure's effect, its interval and a verdict.

    A side is a result, the name of a run, or several of them. `figure`, `entry`, `floor` and `at` are the command's options.
    UsageError if they can't be compared.
    """
    if not 0 < floor < 1:
        raise UsageError(f"floor={floor!r} is no share.", "It is above 0 and below 1, as 0.05.")
    question = Question(figures=figures(_texts(figure)), entries=tuple(_texts(entry)), floor=floor, load=at)
    with ExitStack() as stack:
        sides = [
            [stack.enter_context(RunReader.open(_result(one).path)) for one in _several(side)] for side in (before, after)
        ]
        if not all(sides):
            raise UsageError(f"There is no run {'before' if sides[1] else 'after'}.", "Each side takes at least one.")
        return compare(sides[0], sides[1], question)


def _several(side: Side | Sequence[Side]) -> list[Side]:
    return [side] if isinstance(side, (Result, str, os.PathLike)) else list(side)


def _texts(given: str | Sequence[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _result(side: Side) -> Result:
    return side if isinstance(side, Result) else open_run(side)
