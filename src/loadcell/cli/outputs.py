"""The files a run leaves: checked before the run, so that an hour of load is not lost to a misspelt folder."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from loadcell.cli.speech import emit, give_up
from loadcell.config import RunConfig, why_unwritable
from loadcell.errors import ConfigError, LoadcellError

if TYPE_CHECKING:
    from loadcell.store import RunReader


def check_writable(path: Path) -> str:
    """Why the file can't be written, as the end of a sentence; empty if it can. Makes its folder."""
    if path.is_dir():
        return "is a folder: name a file"
    if path.is_file():
        try:
            path.open("ab").close()
        except OSError as error:
            return f"can't be written: {error.strerror}"
        return ""
    return why_unwritable(path.parent)


def check(config: RunConfig) -> None:
    """ConfigError that names every place that the run could not write to."""
    files = {
        f"--json '{config.json_file}'": config.json_file,
        f"--json-file '{config.json_list_file}'": _list_file(config),
        f"--html '{config.html_file}'": config.html_file,
        f"--csv '{config.csv_prefix}'": Path(f"{config.csv_prefix}_stats.csv") if config.csv_prefix else None,
        f"--junit '{config.junit_file}'": config.junit_file,
        f"--logfile '{config.logfile}'": config.logfile,
    }
    mistakes = [f"{told} {why}" for told, path in files.items() if path and (why := check_writable(path))]
    if why := why_unwritable(config.runs_dir):
        mistakes.append(f"--runs-dir '{config.runs_dir}' {why}")
    if mistakes:
        raise ConfigError(mistakes)


def write(config: RunConfig, reader: RunReader) -> tuple[list[str], list[LoadcellError]]:
    """Write what the configuration asks for, each whatever became of the others.

    Returns the names of the files, and what went wrong with those that are missing.
    """
    written: list[str] = []
    problems: list[LoadcellError] = []
    for name, make in _wanted(config, reader).items():
        try:
            make()
            written.append(name)
        except LoadcellError as error:
            problems.append(error)
    return written, problems


def print_list(reader: RunReader) -> None:
    """Print Locust's list to stdout. OSError if nobody takes it, unless its reader has left."""
    import json

    from loadcell.report import locust_json

    try:
        emit(json.dumps(locust_json(reader), indent=4))
        sys.stdout.flush()
    except BrokenPipeError:
        give_up(sys.stdout)


def _wanted(config: RunConfig, reader: RunReader) -> dict[str, Callable[[], None]]:
    from loadcell import report

    wanted: dict[str, Callable[[], None]] = {}
    if path := _list_file(config):
        wanted[str(path)] = lambda: report.write_locust_json(reader, path)
    if result := config.json_file:
        wanted[str(result)] = lambda: report.write_json(reader, result)
    if prefix := config.csv_prefix:
        wanted[f"{prefix}_*.csv"] = lambda: report.write_csv(reader, prefix, config.csv_full_history)
    if cases := config.junit_file:
        wanted[str(cases)] = lambda: report.write_junit(reader, cases)
    if page := config.html_file:
        wanted[str(page)] = lambda: report.write_html(reader, page)
    return wanted


def _list_file(config: RunConfig) -> Path | None:
    return Path(f"{config.json_list_file}.json").expanduser() if config.json_list_file else None
