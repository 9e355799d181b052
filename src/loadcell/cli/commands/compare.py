"""`loadcell compare A B`: did it get better, and did the bottleneck move."""

from __future__ import annotations

import argparse
import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from loadcell.cli.commands import history
from loadcell.cli.outputs import check_writable
from loadcell.cli.speech import emit, note
from loadcell.cli.surroundings import runs_dir
from loadcell.errors import EXIT_OBJECTIVE_FAILED, EXIT_PASSED, ConfigError, UsageError

if TYPE_CHECKING:
    from loadcell.cli.options import Parser
    from loadcell.compare import Comparison

STDOUT = "-"
_SHARE = re.compile(r"(\d+(?:\.\d+)?) *(%?)")
_LOAD = re.compile(r"(\d+(?:\.\d+)?) *(?:users?|/s)?")
_SEVERAL = (
    "a run (its id or the beginning of it, its file, 'last', 'last~1'), several with commas between, or a folder of runs"
)


def run(words: list[str]) -> int:
    """Compare two runs, or two sets of runs."""
    given = _parser().parse_args(words)
    folder = runs_dir(history.flags(given))
    references = _references(given, folder)
    if getattr(given, "json", None) == getattr(given, "markdown", None) == STDOUT:
        raise UsageError("--json and --markdown can't both go to stdout.", "Name a file for one of them.")
    files = {name: Path(getattr(given, name)).expanduser() for name in ("html", "json", "markdown") if _is_file(given, name)}
    if mistakes := [f"--{name} '{path}' {why}" for name, path in files.items() if (why := check_writable(path))]:
        raise ConfigError(mistakes)
    from loadcell import compare as comparing
    from loadcell.report import compared, output
    from loadcell.store import RunReader, find_runs

    question = comparing.Question(
        figures=comparing.figures(given.figure),
        entries=tuple(given.entry),
        floor=_floor(given.floor) if "floor" in given else comparing.FLOOR,
        load=_load(given.at) if "at" in given else None,
    )
    with ExitStack() as stack:
        before, after = (
            [stack.enter_context(RunReader.open(path)) for path in find_runs(folder, one)] for one in references
        )
        found = comparing.compare(before, after, question)
        if "html" in files:
            compared.write_html(found, before, after, files["html"])
    texts = {"json": output.as_json(compared.document(found)), "markdown": compared.markdown(found)}
    for name in texts.keys() & files.keys():
        output.write_text(texts[name], files[name])
    printed = [text for name, text in texts.items() if getattr(given, name, None) == STDOUT]
    if printed:
        emit(printed[0])
    else:
        compared.print_comparison(found, history.console())
    for path in files.values():
        note(f"{path} written")
    return _code(found, given.fail_on)


def _parser() -> Parser:
    parser = history.parser(
        "compare",
        "Says of every figure whether it improved, regressed, stayed the same or is not known yet, by how much, and what "
        "became of the bottleneck.",
    )
    parser.add_argument("runs", metavar="A B", nargs="+", help=f"before and after, each {_SEVERAL}")
    parser.add_argument(
        "--baseline",
        action="store_true",
        default=False,
        help="the runs marked by 'loadcell runs --mark-baseline' are A; name B only",
    )
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
        help="exit code 99 if something regressed, or if something is not known yet",
    )
    parser.add_argument("--json", metavar="FILE", nargs="?", const=STDOUT, help="write the comparison as JSON (to stdout)")
    parser.add_argument(
        "--markdown", metavar="FILE", nargs="?", const=STDOUT, help="write it for a pull request (to stdout)"
    )
    parser.add_argument("--html", metavar="FILE", help="write a page with the curves of both over one another")
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


def _is_file(given: argparse.Namespace, name: str) -> bool:
    return getattr(given, name, STDOUT) != STDOUT


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


def _code(found: Comparison, fail_on: list[str]) -> int:
    verdicts = {row.verdict for row in found.judged if not row.why}
    return EXIT_OBJECTIVE_FAILED if verdicts & set(fail_on) or found.verdict in fail_on else EXIT_PASSED
