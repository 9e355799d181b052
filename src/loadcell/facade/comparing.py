"""Two results, or two sets of them, set against one another."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack

from loadcell.compare import FLOOR, Comparison, Question, compare, figures
from loadcell.facade.result import Result
from loadcell.facade.stored import open_run
from loadcell.store import RunReader

Side = Result | str | os.PathLike[str]


def compare_runs(
    before: Side | Sequence[Side],
    after: Side | Sequence[Side],
    *,
    figure: Sequence[str] = (),
    entry: Sequence[str] = (),
    floor: float = FLOOR,
    at: float | None = None,
) -> Comparison:
    """What `loadcell compare` says: `verdict`, and `rows` with every figure's effect, its interval and a verdict.

    A side is a result, the name of a run, or several of them. `figure`, `entry`, `floor` and `at` are the command's options.
    UsageError if they can't be compared.
    """
    question = Question(figures=figures(list(figure)), entries=tuple(entry), floor=floor, load=at)
    with ExitStack() as stack:
        sides = [
            [stack.enter_context(RunReader.open(_result(one).path)) for one in _several(side)] for side in (before, after)
        ]
        return compare(sides[0], sides[1], question)


def _several(side: Side | Sequence[Side]) -> Sequence[Side]:
    return [side] if isinstance(side, (Result, str, os.PathLike)) else side


def _result(side: Side) -> Result:
    return side if isinstance(side, Result) else open_run(side)
