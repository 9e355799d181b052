"""Tables of what takes long: shown line by line as they grow, and written as Markdown."""

from __future__ import annotations

import argparse
import hashlib
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def parser(module: str, about: str | None) -> argparse.ArgumentParser:
    """A parser with the option that all of them have."""
    found = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    found.add_argument("--table", type=Path, metavar="FILE", help="write the table as Markdown")
    return found


def commit() -> str:
    """What the code is at, with a plus where it has been changed since."""
    words = ["git", "describe", "--always", "--dirty=+"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "–"


def state_of(*places: Path, of: str = "") -> str:
    """Changes whenever one of the files does, a Python file below one of the folders, or the text `of`."""
    digest = hashlib.sha256(of.encode())
    for place in places:
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class Table:
    """A table that grows. A line whose last cell is not `pass` is bad."""

    def __init__(self, head: str) -> None:
        self.lines = [head]
        self.bad = 0
        print(head, flush=True)  # noqa: T201

    def add(self, line: str) -> None:
        """Add a line, and show it."""
        self.bad += not line.endswith(" pass |")
        self.note(line)

    def note(self, line: str) -> None:
        """Add a line that is neither good nor bad, and show it."""
        self.lines.append(line)
        print(line, flush=True)  # noqa: T201

    def close(self, path: Path | None) -> int:
        """Write it where that is wanted, and count; returns an exit code, 1 if a line is bad."""
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(self.lines) + "\n")
        print(f"{len(self.lines) - 1} lines, {self.bad} not as they must be")  # noqa: T201
        return 1 if self.bad else 0
