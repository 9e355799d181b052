"""What `import locust` answers: this package mirrors the layout of Locust 2, `locust.a.b` being our `….compat.locust.a.b`.

Every name and submodule is loaded when it is first asked for: a scenario pays for what it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "2.47.0"
"""The release of Locust whose behaviour is followed."""

_SUBMODULES = (
    "argument_parser",
    "clients",
    "contrib",
    "debug",
    "dispatch",
    "env",
    "event",
    "exception",
    "html",
    "log",
    "main",
    "opentelemetry",
    "rpc",
    "runners",
    "shape",
    "stats",
    "user",
    "util",
    "web",
)

_HOMES = {
    "DefaultTaskSet": "user.task",
    "FastHttpUser": "contrib.fasthttp",
    "HttpUser": "user.users",
    "LoadTestShape": "shape",
    "MarkovTaskSet": "user.markov_taskset",
    "SequentialTaskSet": "user.sequential_taskset",
    "TaskSet": "user.task",
    "User": "user.users",
    "between": "user.wait_time",
    "constant": "user.wait_time",
    "constant_pacing": "user.wait_time",
    "constant_throughput": "user.wait_time",
    "events": "event",
    "poisson": "user.wait_time",
    "run_single_user": "debug",
    "tag": "user.task",
    "task": "user.task",
    "transition": "user.markov_taskset",
    "transitions": "user.markov_taskset",
    "wait_time": "user",
}
"""The submodule in which each public name lives."""

__all__ = sorted(name for name in _HOMES if name != "DefaultTaskSet")


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'locust' has no attribute {name!r}")
