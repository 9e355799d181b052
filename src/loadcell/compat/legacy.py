"""What files for Locust before 1.0 derive from and decorate with, on top of what took its place."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from loadcell.scenario import events
from loadcell.scenario.events import warn_once
from loadcell.scenario.tasks import SequentialTaskSet, SequentialTaskSetMeta, Task, TaskSet, TaskSetMeta
from loadcell.scenario.tasks import get_tasks_from_base_classes as _collect
from loadcell.scenario.user import FastHttpUser, HttpUser, User, UserMeta

_TODAY = {"Locust": "User", "HttpLocust": "HttpUser", "FastHttpLocust": "FastHttpUser"}
_ORDER = "locust_task_order"
_WEIGHT = "locust_task_weight"


class LegacyUserMeta(UserMeta):
    """Makes a user of today of a class with `task_set`; one without tasks is only derived from, as it was then."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> UserMeta:
        if namespace.get("__module__") != __name__:
            _warn_of_base(bases)
        # Not part of what UserMeta sees: a user of today ignores the attribute, and says so.
        task_set = namespace.pop("task_set", None)
        cls: Any = super().__new__(mcs, name, bases, namespace)
        if task_set is not None:
            warn_once("task_set", f"write tasks = [{task_set.__name__}]")
            cls.task_set = task_set
            cls.tasks = [task_set]
        _settle_waits(cls, namespace)
        if not cls.tasks or name.startswith("_"):
            cls.abstract = True
        made: UserMeta = cls
        return made

    def __call__(self, environment: Any) -> Any:
        """A user of this class, whose `__init__` may be one of then, without arguments."""
        cls: Any = self
        user = cls.__new__(cls)
        user.environment = environment
        cls.__init__(user, *([environment] if _takes_environment(cls) else []))
        _set_up_once(user)
        return user


def _warn_of_base(bases: tuple[type, ...]) -> None:
    for base in bases:
        if today := _TODAY.get(base.__name__):
            warn_once(f"The class {base.__name__}", f"derive from {today}")


def _settle_waits(cls: Any, namespace: dict[str, Any]) -> None:
    """Let the class wait as its `wait_function` says, in ms; `min_wait` and `max_wait` count where no wait_time is."""
    if "wait_time" in namespace:
        return
    if function := namespace.get("wait_function"):
        warn_once("wait_function", "define wait_time, which answers in s, not ms")
        cls.wait_time = lambda user: function(user) / 1000
    elif "min_wait" in namespace or "max_wait" in namespace:
        warn_once("min_wait or max_wait", "write wait_time = between(1, 5), in s, not ms")


def _takes_environment(cls: Any) -> bool:
    parameters = inspect.signature(cls.__init__).parameters.values()
    return len(parameters) > 1 or any(each.kind is each.VAR_POSITIONAL for each in parameters)


def _set_up_once(user: Any) -> None:
    """Call the class's `setup` for its first user, and see to its `teardown`; then those of its task sets."""
    cls = type(user)
    if "_set_up" in vars(cls):
        return
    cls._set_up = True
    holders = [user, *(each(user) for each in _task_sets(cls.tasks))]
    for holder in holders:
        if hasattr(holder, "setup"):
            warn_once("setup()", "use a listener of events.test_start")
            holder.setup()
        if hasattr(holder, "teardown"):
            warn_once("teardown()", "use a listener of events.test_stop or events.quitting")
            events.quitting.add_listener(_calling(holder.teardown))


def _calling(function: Callable[[], Any]) -> Callable[..., None]:
    def call(**_: Any) -> None:
        function()

    return call


def _task_sets(tasks: list[Any]) -> Iterator[Any]:
    for task in dict.fromkeys(tasks):
        if isinstance(task, TaskSetMeta):
            if hasattr(task, "setup") or hasattr(task, "teardown"):
                yield task
            yield from _task_sets(task.tasks)  # type: ignore[attr-defined]


class _Former:
    """The attributes that a user class had before 1.0."""

    # Loosely typed: as scenarios set them.
    wait_time: Any = None
    weight: Any = 10
    min_wait: Any = 1000
    max_wait: Any = 1000
    environment: Any

    def __init__(self, environment: Any = None) -> None:
        super().__init__(self.environment)  # type: ignore[call-arg]


class Locust(_Former, User, metaclass=LegacyUserMeta):
    """User, as it was called before 1.0."""

    abstract = True


class HttpLocust(_Former, HttpUser, metaclass=LegacyUserMeta):
    """HttpUser, as it was called before 1.0."""

    abstract = True


class FastHttpLocust(_Former, FastHttpUser, metaclass=LegacyUserMeta):
    """FastHttpUser, as it was called before 1.0."""

    abstract = True


def _locust_of(task_set: TaskSet) -> Any:
    """The user, as task sets called it before 1.0."""
    warn_once("self.locust of a TaskSet", "write self.user")
    return task_set.user


TaskSet.locust = property(_locust_of)


def seq_task(order: int) -> Callable[[Task], Task]:
    """Decorates a task with its place in a TaskSequence."""
    warn_once("seq_task", "use SequentialTaskSet, whose tasks follow one another as they are written, with @task")

    def decorate(decorated: Any) -> Any:
        setattr(decorated, _ORDER, order)
        if not hasattr(decorated, _WEIGHT):
            setattr(decorated, _WEIGHT, 1)
        return decorated

    return decorate


class TaskSequenceMeta(SequentialTaskSetMeta):
    """Gathers a class's tasks in the order of their `seq_task`; those without one count as the first."""

    @staticmethod
    def collect(bases: tuple[type, ...], namespace: dict[str, Any]) -> list[Task]:
        if namespace.get("__module__") != __name__:
            warn_once("TaskSequence", "derive from SequentialTaskSet")
        return sorted(_collect(bases, namespace), key=lambda task: getattr(task, _ORDER, 1))


class TaskSequence(SequentialTaskSet, metaclass=TaskSequenceMeta):
    """SequentialTaskSet, as it was before 1.0."""


__all__ = ["FastHttpLocust", "HttpLocust", "Locust", "TaskSequence", "seq_task"]
