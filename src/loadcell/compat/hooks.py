"""Events under the names they had in an older Locust: each listens to, and fires, the one of today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from loadcell.scenario.events import EventHook, Events, heeding, warn_once

Keywords = Mapping[str, Any]


class FormerHook(EventHook):
    """A hook that has no listeners of its own: they are those of today's hook, with the keywords of then."""

    def __init__(self, today: EventHook) -> None:
        super().__init__()
        self._today = today
        self._placed: dict[Callable[..., Any], Callable[..., Any]] = {}

    @property
    def heard(self) -> bool:
        return bool(self._placed)

    def add_listener(self, handler: Any) -> Any:
        told = heeding(handler)

        def listen(**now: Any) -> None:
            then = self.then(now)
            if then is not None:
                told(**then)

        self._placed[handler] = listen
        self._today.add_listener(listen)
        return handler

    def remove_listener(self, handler: Callable[..., Any]) -> None:
        if handler not in self._placed:
            raise ValueError("list.remove(x): x not in list")
        self._today.remove_listener(self._placed.pop(handler))

    def fire(self, *, reverse: bool = False, **then: Any) -> None:
        self._today.fire(reverse=reverse, **self.now(then))

    def then(self, now: Keywords) -> Keywords | None:
        """The keywords of then, of those of today; None if the event did not exist in such a case."""
        return now

    def now(self, then: Keywords) -> Keywords:
        """The keywords of today, of those of then."""
        return then


class SuccessHook(FormerHook):
    """`request_success`."""

    def then(self, now: Keywords) -> Keywords | None:
        return None if now.get("exception") else {name: value for name, value in now.items() if name != "exception"}

    def now(self, then: Keywords) -> Keywords:
        return {"response_length": 0, "exception": None, "context": {}, **then}


class FailureHook(FormerHook):
    """`request_failure`."""

    def then(self, now: Keywords) -> Keywords | None:
        return now if now.get("exception") else None

    def now(self, then: Keywords) -> Keywords:
        return {"response_length": 0, "context": {}, **then}


class ErrorHook(FormerHook):
    """`locust_error`: its user was called a locust."""

    def then(self, now: Keywords) -> Keywords:
        return {"locust_instance" if name == "user_instance" else name: value for name, value in now.items()}

    def now(self, then: Keywords) -> Keywords:
        return {"user_instance" if name == "locust_instance" else name: value for name, value in then.items()}


class LeadHook(FormerHook):
    """`master_start_hatching` and `master_stop_hatching`: of the process that leads several."""

    def then(self, now: Keywords) -> Keywords | None:
        from loadcell.compat.locust.runners import MasterRunner

        return now if isinstance(now["environment"].runner, MasterRunner) else None


_FORMER: dict[str, tuple[type[FormerHook], str]] = {
    "request_success": (SuccessHook, "request"),
    "request_failure": (FailureHook, "request"),
    "locust_error": (ErrorHook, "user_error"),
    "hatch_complete": (FormerHook, "spawning_complete"),
    "locust_start_hatching": (FormerHook, "test_start"),
    "locust_stop_hatching": (FormerHook, "test_stop"),
    "master_start_hatching": (LeadHook, "test_start"),
    "master_stop_hatching": (LeadHook, "test_stop"),
    "slave_report": (FormerHook, "worker_report"),
}
_MORE = {
    "request_success": ", whose listeners get `exception`: None where the request succeeded",
    "request_failure": ", whose listeners get `exception`: set where the request failed",
    "locust_error": ", whose listeners get `user_instance`",
    "master_start_hatching": ", and ask whether environment.runner is a MasterRunner",
    "master_stop_hatching": ", and ask whether environment.runner is a MasterRunner",
}


def former_hook(events: Events, name: str) -> EventHook | None:
    """The hook that `events.<name>` was in an older Locust; None if there was none. Says what it is called today."""
    if name not in _FORMER:
        return None
    kind, today = _FORMER[name]
    warn_once(f"events.{name}", f"use events.{today}{_MORE.get(name, '')}")
    return kind(getattr(events, today))


def install() -> None:
    """Let every Events answer to the former names."""
    Events.former = former_hook
