"""Scenarios that are named by a URL: fetched once, for as long as the command runs."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from loadcell.errors import ScenarioError
from loadcell.text import masked

_PATIENCE_S = 20.0
_MOST_BYTES = 5_000_000


@cache
def fetch_scenarios(scenario: str) -> str:
    """The comma-separated list with each URL replaced by the path of a copy. ScenarioError if one can't be fetched."""
    names = [name.strip() for name in scenario.split(",")]
    return ",".join(_fetch(name) if name.startswith(("http://", "https://")) else name for name in names)


def _fetch(url: str) -> str:
    import urllib.error
    import urllib.request

    name = Path(unquote(urlsplit(url).path)).name or "locustfile.py"
    if not name.endswith(".py"):
        raise ScenarioError(f"{masked(url)} does not name a Python file.", "Name the raw file, whose URL ends in .py.")
    try:
        with urllib.request.urlopen(url, timeout=_PATIENCE_S) as answer:
            text = answer.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise ScenarioError(f"{masked(url)} can't be fetched: {reason}.", "Download it and name the file.") from error
    if len(text) > _MOST_BYTES:
        raise ScenarioError(f"{masked(url)} is larger than {_MOST_BYTES / 1e6:.0f} MB.", "Name a scenario.")
    folder = Path(tempfile.mkdtemp(prefix="loadcell-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / name
    path.write_bytes(text)
    return str(path)
