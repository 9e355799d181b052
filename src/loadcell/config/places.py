"""What is at a path, asked before a run relies on it."""

from __future__ import annotations

from pathlib import Path

from loadcell.errors import ScenarioError


def find_scenario(scenario: str) -> Path:
    """The user's file, whose `.py` may be left out. ScenarioError if there is none."""
    given = Path(scenario).expanduser()
    if given.is_dir():
        raise ScenarioError(f"{scenario} is a folder.", "Name one file in it with -f.")
    for path in (given, given.with_name(f"{given.name}.py")):
        if path.is_file():
            return path.resolve()
    raise ScenarioError(f"There is no file {scenario}.", "Name the scenario with -f FILE; its default is ./locustfile.py.")


def why_unwritable(folder: Path) -> str:
    """Why no file can be made in the folder, as the end of a sentence; empty if one can. Makes the folder."""
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Access bits do not tell of full or read-only file systems.
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except FileExistsError:
        return f"can't be written: {folder} is not a folder"
    except OSError as error:
        return f"can't be written: {error.strerror} ({folder})"
