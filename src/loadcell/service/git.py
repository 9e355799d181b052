"""Which revision of a git repository a folder is at."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

_PATIENCE_S = 2.0


def git_revision(folder: Path) -> str | None:
    """The commit that is checked out, and behind a `+` a digest of what was changed since in files that git knows; None
    outside of a repository, and where git is missing."""
    commit = _answer(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    changes = _answer(folder, "diff", "--no-ext-diff", "--no-textconv", "HEAD")
    return f"{commit.decode().strip()}+{hashlib.sha256(changes).hexdigest()[:6]}" if changes else commit.decode().strip()


def _answer(folder: Path, *words: str) -> bytes | None:
    """What git says; None where it says nothing in time, or that it can't."""
    try:
        answer = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, timeout=_PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None
