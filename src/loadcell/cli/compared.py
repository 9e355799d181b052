"""What the commands that compare runs have in common: which figures, where the result goes, and the exit code."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from loadcell.cli import github
from loadcell.cli.commands import history
from loadcell.cli.outputs import check_writable
from loadcell.cli.speech import emit, note
from loadcell.errors import EXIT_OBJECTIVE_FAILED, EXIT_PASSED, ConfigError, UsageError

if TYPE_CHECKING:
    from loadcell.cli.options import Parser
    from loadcell.compare import Comparison, Question
    from loadcell.store import RunReader

_STDOUT = "-"
_FORMATS = ("html", "json", "markdown")
_SHARE = re.compile(r"(\d+(?:\.\d+)?) *(%?)")
_LOAD = re.compile(r"(\d+(?:\.\d+)?) *(users?|/s)?")


def add_options(parser: Parser) -> None:
    """The options of a comparison."""
    parser.add_argument(
        "--figure",
        metavar="NAME",
        action="append",
        default=[],
        help="p50 … p99.9, avg, error_rate, rps or ok_rps, once for each (p50, p95, error_rate, ok_rps)",
    )
    parser.add_argument(
        "--entry", metavar="NAME", action="append", default=[], help="only this entry, as 'GET /items', once for each"
    )
    parser.add_argument("--floor", metavar="SHARE", help="the least difference that matters (5%%)")
    parser.add_argument(
        "--at", metavar="LOAD", help="at this many users or iterations/s (the highest load that all runs have held)"
    )
    parser.add_argument(
        "--fail-on",
        metavar="VERDICT",
        choices=("regressed", "inconclusive"),
        action="append",
        default=[],
        help="exit code 99 if something regressed, or if something is inconclusive; once for each",
    )
    parser.add_argument("--json", metavar="FILE", nargs="?", const=_STDOUT, help="write the comparison as JSON (to stdout)")
    parser.add_argument(
        "--markdown", metavar="FILE", nargs="?", const=_STDOUT, help="write it for a pull request (to stdout)"
    )
    parser.add_argument("--html", metavar="FILE", help="write a page with the curves of both over one another")


def check(given: argparse.Namespace) -> None:
    """UsageError if what was given can't be written, before anything is measured."""
    if getattr(given, "html", None) == _STDOUT:
        raise UsageError("--html can't go to stdout.", "Name a file for it.")
    if getattr(given, "json", None) == getattr(given, "markdown", None) == _STDOUT:
        raise UsageError("--json and --markdown can't both go to stdout.", "Name a file for one of them.")
    mistakes = [f"--{name} '{path}' {why}" for name, path in _files(given).items() if (why := check_writable(path))]
    if mistakes:
        raise ConfigError(mistakes)


def question(given: argparse.Namespace, looks: int = 1, *, only_after: bool = False) -> Question:
    """What is asked. UsageError if it is no question."""
    from loadcell import compare

    return compare.Question(
        figures=compare.figures(given.figure),
        entries=tuple(given.entry),
        floor=_floor(given.floor) if "floor" in given else compare.FLOOR,
        load=_load(given.at) if "at" in given else None,
        model=_model(given.at) if "at" in given else None,
        looks=looks,
        only_after=only_after,
    )


def show(found: Comparison, before: Sequence[RunReader], after: Sequence[RunReader], given: argparse.Namespace) -> int:
    """Write and print a comparison, and tell a CI job; returns the exit code."""
    from loadcell.report import compared, output

    files = _files(given)
    texts = {"json": output.as_json(compared.document(found)), "markdown": compared.markdown(found)}
    for name in texts.keys() & files.keys():
        output.write_text(texts[name], files[name])
    if "html" in files:
        compared.write_html(found, before, after, files["html"])
    printed = [text for name, text in texts.items() if getattr(given, name, None) == _STDOUT]
    if printed:
        emit(printed[0])
    else:
        with github.commands_stopped(sys.stdout):
            compared.print_comparison(found, history.console())
    for path in files.values():
        note(f"written: {path}")
    github.tell_of_comparison(found, given.fail_on, sys.stderr if printed else sys.stdout)
    verdicts = {found.verdict, *(row.verdict for row in found.judged if not row.why)}
    return EXIT_OBJECTIVE_FAILED if verdicts & set(given.fail_on) else EXIT_PASSED


def _files(given: argparse.Namespace) -> dict[str, Path]:
    return {name: Path(value).expanduser() for name in _FORMATS if (value := getattr(given, name, _STDOUT)) != _STDOUT}


def _floor(text: str) -> float:
    match = _SHARE.fullmatch(text.strip())
    share = float(match[1]) / (100 if match[2] else 1) if match else 0.0
    if not 0 < share < 1:
        raise UsageError(f"--floor {text!r} is no share: write for example 5% or 0.05.")
    return share


def _load(text: str) -> float:
    match = _LOAD.fullmatch(text.strip())
    if not match or not float(match[1]):
        raise UsageError(f"--at {text!r} is no load: write for example 50 users or 200/s.")
    return float(match[1])


def _model(text: str) -> str | None:
    """Which model a load is of, if its unit says so."""
    match = _LOAD.fullmatch(text.strip())
    unit = match[2] if match else None
    return None if unit is None else "open" if unit == "/s" else "closed"
