"""What the commands about stored runs have in common."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from loadcell.cli.options import Parser
from loadcell.config import OPTIONS, Raw
from loadcell.surroundings.sources import runs_dir

if TYPE_CHECKING:
    from rich.console import Console

    from loadcell.store import RunReader

_UNBOUNDED = 10_000


def parser(verb: str, description: str) -> Parser:
    """A parser with the options that every such command has."""
    parser = Parser(prog=f"loadcell {verb}", description=description, argument_default=argparse.SUPPRESS)
    parser.add_argument("--runs-dir", metavar="FOLDER", help=OPTIONS["runs_dir"].help)
    return parser


def add_run(parser: Parser) -> None:
    """The argument that names a run."""
    parser.add_argument(
        "run", metavar="RUN", help="its id or the beginning of it, its file, 'last', or 'last~1' for the one before"
    )


def flags(given: argparse.Namespace) -> dict[str, Raw]:
    """The options among what was given that the configuration has too."""
    return {"runs-dir": given.runs_dir} if "runs_dir" in given else {}


def open_run(given: argparse.Namespace) -> RunReader:
    """The reader of the run that was named. RunNotFound or RunFileError if there is none."""
    from loadcell.store import RunReader, find_run

    return RunReader.open(find_run(runs_dir(flags(given)), given.run))


def console() -> Console:
    """Where tables go: stdout, as wide as it needs to be unless it is a terminal."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else _UNBOUNDED)
