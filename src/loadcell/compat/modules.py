"""`import locust` in this process: our modules under Locust's names, whether or not the real one is installed."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from loadcell import scenario
from loadcell.compat import environment, runners
from loadcell.http import failures, response, session
from loadcell.scenario import exceptions, tags, tasks, user, waits
from loadcell.scenario.events import EventHook, Events

VERSION = "2.47.0"
"""The release of Locust whose behaviour is followed."""


def install() -> None:
    """Answer every later `import locust` of this process."""
    users = {name: getattr(user, name) for name in ("User", "HttpUser", "FastHttpUser")}
    task_names = {
        "TaskSet": tasks.TaskSet,
        "SequentialTaskSet": tasks.SequentialTaskSet,
        "DefaultTaskSet": tasks.DefaultTaskSet,
        "task": tasks.task,
        "tag": tags.tag,
        "LOCUST_STATE_RUNNING": tasks.RUNNING,
        "LOCUST_STATE_WAITING": tasks.WAITING,
        "LOCUST_STATE_STOPPING": tasks.STOPPING,
    }
    wait_names = {name: getattr(waits, name) for name in _WAITS}
    clients = {
        "HttpSession": session.Session,
        "ResponseContextManager": response.Response,
        "LocustResponse": response.Response,
    }
    fast = {
        "FastHttpUser": user.FastHttpUser,
        "FastHttpSession": session.FastSession,
        "FastResponse": response.Response,
        "ResponseContextManager": response.Response,
        "LocustBadStatusCode": failures.LocustBadStatusCode,
    }
    public = {name: getattr(scenario, name) for name in scenario.__all__}
    _module("locust", {**public, "__version__": VERSION, "__path__": []})
    _module("locust.user", {**users, **task_names, "__path__": []})
    _module("locust.user.users", users)
    _module("locust.user.task", task_names)
    _module("locust.user.wait_time", wait_names)
    _module("locust.wait_time", wait_names)
    _module("locust.exception", {name: getattr(exceptions, name) for name in exceptions.__all__})
    _module("locust.event", {"EventHook": EventHook, "Events": Events})
    _module("locust.env", {"Environment": environment.Environment})
    _module("locust.runners", _public_of(runners))
    _module("locust.clients", clients)
    _module("locust.contrib", {"__path__": []})
    _module("locust.contrib.fasthttp", fast)


_WAITS = ("between", "constant", "constant_pacing", "constant_throughput", "poisson")


def _public_of(module: ModuleType) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if not name.startswith("_") and name != "annotations"}


def _module(name: str, names: dict[str, Any]) -> None:
    module = ModuleType(name)
    vars(module).update(names)
    sys.modules[name] = module
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, module)
