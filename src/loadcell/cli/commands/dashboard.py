"""`loadcell dashboard`: the Grafana dashboard of what a run serves to Prometheus."""

from __future__ import annotations

from importlib.resources import files

from loadcell.cli import speech
from loadcell.errors import EXIT_PASSED, UsageError

_HELP = """usage: loadcell dashboard > loadcell.json

Prints a Grafana dashboard for the figures that 'loadcell run --metrics-port PORT' serves to Prometheus: load, response
times, errors, users, the service's CPU, memory, event loop, pools and database, and the generators.
"""


def run(words: list[str]) -> int:
    """Print the dashboard; returns the exit code."""
    if "-h" in words or "--help" in words:
        speech.emit(_HELP)
        return EXIT_PASSED
    if words:
        raise UsageError(f"'dashboard' takes no words, such as {words[0]!r}.", "'loadcell dashboard --help' says more.")
    speech.emit(files("loadcell.exports").joinpath("dashboard.json").read_text(encoding="utf-8"))
    return EXIT_PASSED
