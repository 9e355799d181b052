"""What a service has written, made fit to be shown; pure."""

from __future__ import annotations

import os
from pathlib import Path

from loadcell.text import masked, one_line, printable

_TRACEBACK = "Traceback (most recent call last):"
_END = 64 * 1024
"""Bytes of what was written that are looked at."""
_SHOWN_LINES = 15


def end_of(file: Path) -> str:
    """The end of what a process has written to a file; nothing where there is none."""
    try:
        with file.open("rb") as output:
            output.seek(max(output.seek(0, os.SEEK_END) - _END, 0))
            return output.read().decode(errors="replace")
    except OSError:
        return ""


def quoted(written: str) -> str:
    """The last lines as the end of a hint, indented; nothing where nothing was written."""
    shown = last_of(written)
    return "".join(("The last that it wrote:", *(f"\n    {line}" for line in shown.splitlines()))) if shown else ""


def last_of(written: str, count: int = _SHOWN_LINES) -> str:
    """The last lines that are not empty; without control characters, and without the passwords of URLs."""
    lines = [line.rstrip() for line in written.splitlines() if line.strip()]
    return printable(masked("\n".join(lines[-count:])))


def cause_in(written: str) -> str:
    """What it died of, in one line: how the last traceback ends, else the last error it logged, else its last line.

    >>> cause_in("Traceback (most recent call last):\\n  File …\\nKeyError: 'DATABASE_URL'\\nINFO: Stopping")
    "KeyError: 'DATABASE_URL'"
    """
    cause, error, last = "", "", ""
    inside = False
    for line in filter(str.strip, written.splitlines()):
        if _TRACEBACK in line:
            inside = True
        elif inside and not line.startswith(" "):
            cause, inside = line, False
        if line.startswith("ERROR") and not inside:
            error = line.partition(":")[2]
        last = line
    return one_line(masked(cause or error or last))
