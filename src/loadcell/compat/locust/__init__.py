"""What `import locust` answers: this package mirrors the layout of Locust 2, `locust.a.b` being our `….compat.locust.a.b`.

Every name and submodule is loaded when it is first asked for: a scenario pays for what it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from loadcell.compat import hooks

__version__ = "2.47.0"
"""The release of Locust whose behaviour is followed."""

_SUBMODULES = (
    "argument_parser",
    "clients",
    "contrib",
    "core",
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
    "HttpLocust": "core",
    "HttpUser": "user.users",
    "LoadTestShape": "shape",
    "Locust": "core",
    "MarkovTaskSet": "user.markov_taskset",
    "SequentialTaskSet": "user.sequential_taskset",
    "TaskSequence": "core",
    "TaskSet": "user.task",
    "User": "user.users",
    "between": "user.wait_time",
    "constant": "user.wait_time",
    "constant_pacing": "user.wait_time",
    "constant_throughput": "user.wait_time",
    "events": "event",
    "poisson": "user.wait_time",
    "run_single_user": "debug",
    "seq_task": "core",
    "tag": "user.task",
    "task": "user.task",
    "transition": "user.markov_taskset",
    "transitions": "user.markov_taskset",
    "wait_time": "user",
}
"""The submodule in which each public name lives."""

__all__ = sorted({*_HOMES, "__version__"} - {"DefaultTaskSet", "TaskSequence", "seq_task"})

hooks.install()


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'locust' has no attribute {name!r}")
