"""The log lines by which programs that start Locust follow a run, worded as Locust words them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

_main = logging.getLogger("locust.main")
_runners = logging.getLogger("locust.runners")


def starting(version: str) -> None:
    """The process that leads has started."""
    _main.info("Starting Loadcell %s", version)


def limited(options: Mapping[str, Any]) -> None:
    """Say when the run ends by itself; `options` are under Locust's names."""
    if run_time := options.get("run_time"):
        _main.info("Run time limit set to %s seconds", run_time)


def ramping(users: int, options: Mapping[str, Any], generators: int) -> None:
    """The load begins, towards so many users; several generators are sent their parts of it."""
    rate = options.get("spawn_rate") or 1.0
    if generators > 1:
        _runners.info("Sending spawn jobs of %d users at %.2f spawn rate to %d ready workers", users, rate, generators)
    else:
        _runners.info("Ramping to %d users at a rate of %.2f per second", users, rate)


def offering(rate: float) -> None:
    """The load begins, in the open model: at most so many iterations a second."""
    _runners.info("Starting up to %.2f iterations per second", rate)


def stopping(options: Mapping[str, Any], elapsed_s: float) -> None:
    """The load ends; nothing is said unless it is the run time that ends it."""
    run_time = options.get("run_time")
    if run_time and elapsed_s >= run_time:
        _main.info("--run-time limit reached, shutting down")


def shaped() -> None:
    """The shape has come to its end, and the run with it."""
    _main.info("Shape test completed, shutting down")


def quitting(exit_code: int) -> None:
    """The command is about to end with this exit code."""
    _main.info("Shutting down (exit code %d)", exit_code)
