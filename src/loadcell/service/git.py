"""Which revision of a git repository a folder is at."""

from __future__ import annotations

import subprocess
from pathlib import Path

_PATIENCE_S = 2.0


def git_revision(folder: Path) -> str | None:
    """The commit that is checked out; None outside of a repository, and where git is missing."""
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
