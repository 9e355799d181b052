"""`loadcell compare A B`: did it get better, and did the bottleneck move."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from loadcell.cli import compared
from loadcell.cli.commands import history
from loadcell.errors import UsageError
from loadcell.surroundings.sources import runs_dir

if TYPE_CHECKING:
    from loadcell.cli.options import Parser

_SEVERAL = (
    "a run (its id or the beginning of it, its file, 'last', 'last~1'), several with commas between, or a folder of runs"
)


def run(words: list[str]) -> int:
    """Compare two runs, or two sets of runs."""
    given = _parser().parse_args(words)
    folder = runs_dir(history.flags(given))
    references = _references(given, folder)
    compared.check(given)
    from loadcell.compare import compare
    from loadcell.store import RunReader, find_runs

    question = compared.question(given)
    with ExitStack() as stack:
        before, after = (
            [stack.enter_context(RunReader.open(path)) for path in find_runs(folder, one)] for one in references
        )
        return compared.show(compare(before, after, question), before, after, given)


def _parser() -> Parser:
    parser = history.parser(
        "compare",
        "Says of every figure whether it improved, regressed, stayed the same or is not known yet, by how much, and what "
        "became of the bottleneck.",
    )
    parser.usage = "loadcell compare A B [options]"
    parser.add_argument("runs", metavar="A B", nargs="*", default=[], help=f"before and after, each {_SEVERAL}")
    parser.add_argument(
        "--baseline",
        action="store_true",
        default=False,
        help="the runs marked by 'loadcell runs --mark-baseline' are A; name B only",
    )
    compared.add_options(parser)
    return parser


def _references(given: argparse.Namespace, folder: Path) -> tuple[str, str]:
    if given.baseline:
        from loadcell.store import baseline

        marked = baseline.marked(folder)
        if not marked:
            raise UsageError(f"No run in {folder} is marked as the baseline.", "Mark one: loadcell runs --mark-baseline RUN")
        if len(given.runs) != 1:
            raise UsageError("With --baseline, name one run (or several with commas between): the one after.")
        return ",".join(marked), given.runs[0]
    if len(given.runs) != 2:
        raise UsageError(
            f"A comparison takes two: before and after; {len(given.runs)} {'is' if len(given.runs) == 1 else 'are'} named.",
            "Several runs of one side go together with commas: loadcell compare A1,A2,A3 B1,B2,B3",
        )
    return given.runs[0], given.runs[1]
