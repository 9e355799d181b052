"""What is at a path, asked before a run relies on it."""

from __future__ import annotations

from pathlib import Path

from loadcell.errors import ScenarioError


def find_scenarios(scenario: str) -> list[Path]:
    """The Python files of a comma-separated list of files and folders. ScenarioError if one is not there.

    The `.py` of a file may be left out. Of a folder it is every file that does not begin with _, those of its folders too.
    """
    found: list[Path] = []
    for name in (piece.strip() for piece in scenario.split(",")):
        if name:
            found += _python_files(name)
    if not found:
        raise ScenarioError("No scenario is named.", "Name one with -f FILE; its default is ./locustfile.py.")
    return list(dict.fromkeys(found))


def _python_files(name: str) -> list[Path]:
    if name == "-":
        raise ScenarioError(
            "-f - asks for the file of a Locust master, and there is none.", "Name the file itself, or its URL."
        )
    given = Path(name).expanduser()
    if given.is_dir():
        files = sorted(path.resolve() for path in given.rglob("*.py") if not path.name.startswith("_"))
        if not files:
            raise ScenarioError(f"{name} is a folder without Python files.", "Name a scenario with -f FILE.")
        return files
    for path in (given, given.with_name(f"{given.name}.py")):
        if path.is_file():
            return [path.resolve()]
    raise ScenarioError(f"There is no file {name}.", "Name the scenario with -f FILE; its default is ./locustfile.py.")


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
