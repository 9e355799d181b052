"""Loadcell puts load on a web service. What a scenario imports is here: `from loadcell import HttpUser, task, between`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from loadcell.scenario import (
        FastHttpUser,
        HttpUser,
        SequentialTaskSet,
        TaskSet,
        User,
        between,
        constant,
        constant_pacing,
        constant_throughput,
        events,
        poisson,
        tag,
        task,
    )

__all__ = [
    "FastHttpUser",
    "HttpUser",
    "SequentialTaskSet",
    "TaskSet",
    "User",
    "__version__",
    "between",
    "constant",
    "constant_pacing",
    "constant_throughput",
    "events",
    "poisson",
    "tag",
    "task",
]


def __getattr__(name: str) -> Any:
    # On first use: the command line imports this package, too, and must answer --help at once.
    if name in __all__:
        from loadcell import scenario

        return getattr(scenario, name)
    raise AttributeError(f"module 'loadcell' has no attribute {name!r}")
