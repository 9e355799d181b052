"""Reading what the kernel shows as small files."""

from __future__ import annotations

from pathlib import Path


def text_of(path: str | Path) -> str | None:
    """The text of a file; None if it isn't there or may not be read."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.readall().decode(errors="replace")
    except OSError:
        return None
