"""The folder of run files: ids for new runs, the list, and finding one by what the user typed."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from loadcell.errors import RunFileError, RunNotFound
from loadcell.store.facts import RunFacts, State
from loadcell.store.reader import RunReader
from loadcell.store.schema import SUFFIX

_LATEST = re.compile(r"last(?:~(\d{1,4}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """One line of the list of runs. Where the file can't be read, `problem` says why and the rest is empty."""

    id: str
    path: Path
    started: float
    state: State | None = None
    facts: RunFacts | None = None
    exit_code: int | None = None
    verdict: str = "none"
    requests: int = 0
    failures: int = 0
    duration_s: float = 0.0
    problem: str = ""


def new_run_id(runs_dir: Path, started: float, scenario: str) -> str:
    """An id such as `20261122-174501-seed` (local time, the scenario's stem) that no run in the folder has."""
    stem = re.sub(r"[^A-Za-z0-9_]+", "-", Path(scenario).stem).strip("-")[:40] or "run"
    base = f"{datetime.fromtimestamp(started).astimezone():%Y%m%d-%H%M%S}-{stem}"
    run_id, number = base, 1
    while (runs_dir / f"{run_id}{SUFFIX}").exists():
        number += 1
        run_id = f"{base}-{number}"
    return run_id


def list_runs(runs_dir: Path) -> list[StoredRun]:
    """The runs in the folder, the newest first; none when the folder is missing."""
    runs = [_summary(path) for path in runs_dir.glob(f"*{SUFFIX}") if path.is_file()]
    return sorted(runs, key=lambda run: (run.started, run.id), reverse=True)


def find_run(runs_dir: Path, reference: str) -> Path:
    """The file of a run: by id, by the beginning of one, by path, `last`, or `last~1` for the one before that, and so on.

    RunNotFound if none or several answer.
    """
    if match := _LATEST.fullmatch(reference):
        runs = [run for run in list_runs(runs_dir) if not run.problem]
        if not runs:
            raise RunNotFound(f"There is no run in {runs_dir}.", "Make one with `loadcell run`.")
        back = int(match[1] or 0)
        if back >= len(runs):
            are = "is only 1 run" if len(runs) == 1 else f"are only {len(runs)} runs"
            raise RunNotFound(f"There {are} in {runs_dir}.", "`loadcell runs` lists them.")
        return runs[back].path
    if Path(reference).is_file():
        return Path(reference)
    exact = runs_dir / f"{reference.removesuffix(SUFFIX)}{SUFFIX}"
    if "/" not in reference and exact.is_file():
        return exact
    matches = sorted(path for path in runs_dir.glob(f"*{SUFFIX}") if path.name.startswith(reference))
    if not matches or not reference:
        raise RunNotFound(f"There is no run “{reference}” in {runs_dir}.", "`loadcell runs` lists them.")
    if len(matches) > 1:
        names = ", ".join(path.stem for path in matches[:5])
        raise RunNotFound(f"“{reference}” is the beginning of {len(matches)} runs: {names}.", "Type more of the id.")
    return matches[0]


def find_runs(runs_dir: Path, references: str) -> list[Path]:
    """The files of several runs: references with commas between them, or a folder, which stands for all in it.

    RunNotFound if one is not there.
    """
    if Path(references).is_dir():
        found = sorted(Path(references).glob(f"*{SUFFIX}"))
        if not found:
            raise RunNotFound(f"There is no run in the folder {references}.", "`loadcell runs` lists runs.")
        return found
    return [find_run(runs_dir, reference.strip()) for reference in references.split(",")]


def _summary(path: Path) -> StoredRun:
    try:
        with RunReader.open(path) as reader:
            requests, failures = reader.request_counts()
            return StoredRun(
                id=reader.facts.id,
                path=path,
                started=reader.facts.started,
                state=reader.state,
                facts=reader.facts,
                exit_code=reader.exit_code,
                verdict=reader.verdict,
                requests=requests,
                failures=failures,
                duration_s=reader.duration_s,
            )
    except (RunFileError, sqlite3.Error, OSError) as error:
        message = error.message if isinstance(error, RunFileError) else str(error)
        return StoredRun(id=path.stem, path=path, started=_modified(path), problem=message)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
