"""The configuration of an assessment."""

from __future__ import annotations

from dataclasses import replace

from loadcell.config import RunConfig

MOST_USERS = 10_000
"""The most users that are tried where none are named."""


def assessed(config: RunConfig, effort: str, search_s: float | None = None) -> RunConfig:
    """What carries out an assessment, so thorough, in place of a plain run."""
    return replace(config, effort=effort, search_s=search_s, users=_most_users(config), run_time_s=None, reset_stats=False)


def _most_users(config: RunConfig) -> int:
    """The users that were named; else as many as there are file descriptors for, up to 10,000."""
    if "users" in config.given or config.rate is not None:
        return config.users
    from loadcell.controller.loads import SPARE_DESCRIPTORS
    from loadcell.machine import raise_descriptor_limit

    return min(MOST_USERS, max(1, raise_descriptor_limit() - SPARE_DESCRIPTORS) * config.processes)
