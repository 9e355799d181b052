"""Runs that were made before."""

from __future__ import annotations

import os
from pathlib import Path

from loadcell.facade.result import Result
from loadcell.store import RunReader, find_run
from loadcell.surroundings.sources import runs_dir as configured


def open_run(reference: str | os.PathLike[str] = "last", *, runs_dir: str | os.PathLike[str] | None = None) -> Result:
    """The result of a stored run: by its id, the beginning of it, its file, `last`, or `last~1` for the one before.

    RunNotFound or RunFileError if there is none.
    """
    folder = configured({}) if runs_dir is None else Path(runs_dir)
    path = find_run(folder, os.fspath(reference))
    RunReader.open(path).close()
    return Result(path)
