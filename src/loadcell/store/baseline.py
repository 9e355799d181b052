"""Which runs of a folder are the baseline that others are compared with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from loadcell.errors import RunFileError

FILE = "baseline.json"


def marked(runs_dir: Path) -> list[str]:
    """The ids of the runs that are the baseline; none where nobody marked any. RunFileError if the mark can't be read."""
    path = runs_dir / FILE
    try:
        found = json.loads(path.read_text("utf-8"))
        return [str(name) for name in found["runs"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunFileError(
            f"{path} is not readable.", "Mark the baseline again: `loadcell runs --mark-baseline RUN`."
        ) from error


def mark(runs_dir: Path, names: Sequence[str]) -> None:
    """Make these runs the baseline, and no others. RunFileError if the folder can't be written to."""
    path = runs_dir / FILE
    try:
        if names:
            path.write_text(json.dumps({"runs": list(names)}, indent=2) + "\n", "utf-8")
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise RunFileError(f"{path} can't be written: {error.strerror}.", "Check who may write to the folder.") from error
