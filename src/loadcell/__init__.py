"""Loadcell puts load on a web service.

What a scenario imports is here, `from loadcell import HttpUser, task, between`, and what a program calls: `loadcell.run(…)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from loadcell.facade import Result, assess, compare_runs, open_run, run
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
    "Result",
    "SequentialTaskSet",
    "TaskSet",
    "User",
    "__version__",
    "assess",
    "between",
    "compare_runs",
    "constant",
    "constant_pacing",
    "constant_throughput",
    "events",
    "open_run",
    "poisson",
    "run",
    "tag",
    "task",
]


_FACADE = ("Result", "assess", "compare_runs", "open_run", "run")


def __getattr__(name: str) -> Any:
    # On first use: the command line imports this package, too, and must answer --help at once; and a scenario, in a process
    # where nothing of the controller may be.
    if name in _FACADE:
        from loadcell import facade

        return getattr(facade, name)
    if name in __all__:
        from loadcell import scenario

        return getattr(scenario, name)
    raise AttributeError(f"module 'loadcell' has no attribute {name!r}")
