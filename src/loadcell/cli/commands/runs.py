"""`loadcell runs`: the history."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loadcell.cli.commands import history
from loadcell.cli.speech import emit, note, warn
from loadcell.config import duration_text
from loadcell.errors import EXIT_PASSED, RunFileError, UsageError
from loadcell.surroundings.sources import runs_dir
from loadcell.text import one_line

if TYPE_CHECKING:
    from loadcell.store import StoredRun

_UNBOUNDED = 10_000


def run(words: list[str]) -> int:
    """List the stored runs, the newest first."""
    parser = history.parser("runs", "Lists the stored runs, the newest first.")
    parser.add_argument("--json", action="store_true", default=False, help="print them as a JSON list")
    parser.add_argument(
        "--mark-baseline",
        metavar="RUN",
        nargs="+",
        help="make these runs the baseline that 'loadcell compare --baseline' takes; 'none': there is none any more",
    )
    given = parser.parse_args(words)
    from loadcell.store import baseline, list_runs

    folder = runs_dir(history.flags(given))
    if "mark_baseline" in given:
        _mark(folder, given.mark_baseline)
        return EXIT_PASSED
    runs = list_runs(folder)
    try:
        marked = set(baseline.marked(folder))
    except RunFileError as error:
        warn([f"{error.message} {error.hint}"])
        marked = set()
    if given.json:
        import json

        emit(json.dumps([_document(run, marked) for run in runs], indent=2))
    elif runs:
        _print_table(runs, marked)
    else:
        note(f"There is no run in {folder} yet; 'loadcell -f FILE -H URL' makes one.")
    return EXIT_PASSED


def _mark(folder: Path, references: list[str]) -> None:
    from loadcell.store import RunReader, baseline, find_runs
    from loadcell.store.schema import SUFFIX

    paths = [] if references == ["none"] else [path for one in references for path in find_runs(folder, one)]
    for path in paths:
        # A run of another folder could not be found again by its id.
        if path.resolve().parent != folder.resolve():
            raise UsageError(f"{path} is not in {folder}.", "The baseline is one of the folder's own runs.")
        RunReader.open(path).close()
    names = [path.name.removesuffix(SUFFIX) for path in paths]
    baseline.mark(folder, names)
    note(f"The baseline is now {', '.join(names)}." if names else "There is no baseline any more.")


def _rps(run: StoredRun) -> float:
    return run.requests / run.duration_s if run.duration_s > 0 else 0.0


def _document(run: StoredRun, marked: Container[str]) -> dict[str, Any]:
    facts = run.facts
    return {
        "id": run.id,
        "path": str(run.path),
        "started": run.started,
        "state": run.state,
        "scenario": facts.scenario if facts else None,
        "host": facts.host if facts else None,
        "users": facts.users if facts else None,
        "spawn_rate": facts.spawn_rate if facts else None,
        "duration_s": run.duration_s,
        "requests": run.requests,
        "failures": run.failures,
        "rps": _rps(run),
        "verdict": run.verdict,
        "exit_code": run.exit_code,
        "problem": run.problem or None,
        "baseline": run.id in marked,
    }


def _print_table(runs: list[StoredRun], marked: Container[str]) -> None:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _UNBOUNDED
    columns = [column for column in _COLUMNS if width >= column.from_width]
    cells = [[column.heading for column in columns]]
    cells += [[one_line(column.cell(run)) for column in columns] for run in runs]
    for run, row in zip(runs, cells[1:], strict=True):
        if run.id in marked:
            row[-1] += " · baseline"
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    host = next(i for i, column in enumerate(columns) if column.heading == "host")
    too_wide = sum(widths) + 2 * (len(widths) - 1) - width
    widths[host] = max(8, widths[host] - max(0, too_wide))
    for row in cells:
        if len(row[host]) > widths[host]:
            row[host] = f"{row[host][: widths[host] - 1]}…"
        padded = [
            cell.rjust(width) if column.figures else cell.ljust(width)
            for cell, width, column in zip(row, widths, columns, strict=True)
        ]
        emit("  ".join(padded).rstrip())


def _state(run: StoredRun) -> str:
    if run.problem:
        return f"unreadable: {run.problem}"
    if run.state != "finished":
        return str(run.state)
    return run.verdict if run.verdict != "none" else f"exit {run.exit_code}"


@dataclass(frozen=True, slots=True)
class _Column:
    heading: str
    cell: Callable[[StoredRun], str]
    figures: bool = True
    from_width: int = 0
    """The narrowest terminal that has room for it."""


_COLUMNS = (
    _Column("run", lambda run: run.id, figures=False),
    _Column("started", lambda run: f"{datetime.fromtimestamp(run.started).astimezone():%Y-%m-%d %H:%M}", False, 130),
    _Column("scenario", lambda run: Path(run.facts.scenario).name if run.facts else "", False, 130),
    _Column("host", lambda run: (run.facts and run.facts.host) or "", figures=False),
    _Column("users", lambda run: f"{run.facts.users:,}" if run.facts else ""),
    _Column("duration", lambda run: duration_text(run.duration_s) if run.facts else "", from_width=100),
    _Column("requests", lambda run: f"{run.requests:,}" if run.facts else ""),
    _Column("req/s", lambda run: f"{_rps(run):,.1f}" if run.facts else "", from_width=100),
    _Column("failures", lambda run: f"{run.failures:,}" if run.facts else ""),
    _Column("state", _state, figures=False),
)
