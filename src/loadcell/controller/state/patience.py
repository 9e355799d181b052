"""How long the answers of a run's processes are waited for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long each answer is waited for, in seconds."""

    ready_s: float = 120.0
    begun_s: float = 600.0
    stopped_s: float = 60.0
    """On top of the stop timeout: for on_stop methods and the test_stop hooks."""
    exit_s: float = 5.0
    at_once_s: float = 1.0
    """For everything that is left, once the run must end at once."""
