"""`loadcell doctor`: is this machine fit to generate load."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from loadcell.cli.options import Parser
from loadcell.cli.speech import emit, note
from loadcell.errors import EXIT_FAILED, EXIT_PASSED
from loadcell.surroundings.sources import runs_dir

if TYPE_CHECKING:
    from rich.console import Console

    from loadcell.doctor import Check

_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}
_UNBOUNDED = 200
_EPILOG = "Exit code 0, or 1 when a problem would spoil a run. Takes about 4 s; nothing leaves this machine."


def run(words: list[str]) -> int:
    """Look the machine over and say what was found; returns the exit code."""
    parser = Parser(
        prog="loadcell doctor",
        description="Is this machine fit to generate load?",
        epilog=_EPILOG,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--json", action="store_true", default=False, help="print the findings as JSON")
    given = parser.parse_args(words)
    from loadcell.doctor import check, read_machine

    if sys.stderr.isatty() and not given.json:
        note("looking the machine over, about 4 s …")
    checks = check(read_machine(runs_dir({})))
    fit = all(one.state != "problem" for one in checks)
    if given.json:
        import json

        emit(json.dumps({"schema": 1, "fit": fit, "checks": [asdict(one) for one in checks]}, indent=2))
    else:
        from rich.console import Console

        show(checks, Console(highlight=False, width=None if sys.stdout.isatty() else _UNBOUNDED))
    return EXIT_PASSED if fit else EXIT_FAILED


def show(checks: Sequence[Check], console: Console) -> None:
    """Print the findings as a table, and below it what to do."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in checks:
        table.add_row(Text(one.state, style=_STYLES[one.state]), one.name, Text(one.measured))
    console.print(table)
    console.print()
    for one in checks:
        if one.advice:
            console.print(Text.assemble((f"{one.name}: ", _STYLES[one.state]), one.advice))
    counts = {state: sum(one.state == state for one in checks) for state in ("problem", "warning")}
    if counts["problem"]:
        console.print(Text("This machine would spoil a run.", style=_STYLES["problem"]))
    elif counts["warning"]:
        console.print("This machine can generate load; mind the warnings.")
    else:
        console.print(Text("This machine is fit to generate load.", style=_STYLES["ok"]))
