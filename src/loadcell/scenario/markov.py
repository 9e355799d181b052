"""Tasks of which each says with what weight which one comes next: a Markov chain."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from loadcell.scenario.exceptions import LocustError
from loadcell.scenario.tasks import Task, TaskSet, TaskSetMeta

Decorated = TypeVar("Decorated", bound=Task)
_ATTRIBUTE = "transitions"


class NoMarkovTasksError(LocustError):
    """A MarkovTaskSet has no task with transitions."""


class InvalidTransitionError(LocustError):
    """A transition leads to nothing that the class has."""


class NonMarkovTaskTransitionError(LocustError):
    """A transition leads to something that has no transitions of its own."""


class MarkovTaskTagError(LocustError):
    """A task of a chain has tags, and leaving it out would break the chain."""


def transition(func_name: str, weight: int = 1) -> Callable[[Decorated], Decorated]:
    """Decorates a task with one way to go on: to the method `func_name`, `weight` times as often as one of weight 1."""
    return transitions({func_name: weight})


def transitions(weights: Mapping[str, int] | Sequence[tuple[str, int] | str]) -> Callable[[Decorated], Decorated]:
    """Decorates a task with ways to go on: {method: weight}, or a list of methods and of (method, weight)."""
    if isinstance(weights, Mapping):
        ways = dict(weights)
    else:
        ways = dict(way if isinstance(way, tuple) else (way, 1) for way in weights)

    def decorate(decorated: Decorated) -> Decorated:
        known = getattr(decorated, _ATTRIBUTE, None)
        if known is None:
            known = {}
            setattr(decorated, _ATTRIBUTE, known)
        known.update(ways)
        return decorated

    return decorate


def is_markov_task(task: Any) -> bool:
    """Whether it says what comes after it."""
    # Looked up with dir: objects that answer to every name (mocks, lazy modules) must not become tasks.
    return _ATTRIBUTE in dir(task)


class MarkovTaskSetMeta(TaskSetMeta):
    """Gathers the chain of a class when it is made, and checks that it can be walked. LocustErrors say why not."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> MarkovTaskSetMeta:
        if namespace.get("abstract"):
            return type.__new__(mcs, name, bases, namespace)
        namespace["abstract"] = False
        tasks = [member for member in namespace.values() if is_markov_task(member)]
        _check(tasks, namespace, name)
        namespace["current"] = tasks[0]
        for task in tasks:
            task.transitions = [way for way, weight in task.transitions.items() for _ in range(weight)]
        return type.__new__(mcs, name, bases, namespace)


def _check(tasks: list[Any], namespace: Mapping[str, Any], name: str) -> None:
    if not tasks:
        raise NoMarkovTasksError(
            f"No Markov tasks defined in class {name}. Use the @transition(s) decorators to define some."
        )
    for task in tasks:
        for way in task.transitions:
            _check_way(task, way, namespace, name)
    _warn_of_unreachable(tasks, namespace, name)
    for task in tasks:
        _check_task(task, name)


def _check_way(task: Any, way: str, namespace: Mapping[str, Any], name: str) -> None:
    if not namespace.get(way):
        raise InvalidTransitionError(
            f"Transition to {way} from {task.__name__} is invalid since no such element exists on class {name}"
        )
    if not is_markov_task(namespace[way]):
        raise NonMarkovTaskTransitionError(
            f"{name}.{way} cannot be used as a target for a transition since it does not define any transitions of its "
            f"own. Used as a transition from {task.__name__}."
        )


def _check_task(task: Any, name: str) -> None:
    if task.__name__ == "run":
        raise Exception("run() is how a task set executes its tasks: it must not be overridden or be a task itself")
    if task.__name__ in ("on_start", "on_stop"):
        logging.getLogger().warning("%s() has @transition: it will run as a task as well as on start or stop", task.__name__)
    if "locust_tag_set" in dir(task):
        raise MarkovTaskTagError(
            "Tags are unsupported for MarkovTaskSet since they can make the markov chain invalid. "
            f"Tags detected on {name}.{task.__name__}: {task.locust_tag_set}"
        )


def _warn_of_unreachable(tasks: list[Any], namespace: Mapping[str, Any], name: str) -> None:
    reached: set[str] = set()
    waiting = [tasks[0].__name__]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += [way for way, weight in namespace[one].transitions.items() if weight > 0]
    unreachable = {task.__name__ for task in tasks} - reached
    if unreachable:
        logging.getLogger().warning("The following markov tasks are unreachable in class %s: %s", name, unreachable)


class MarkovTaskSet(TaskSet, metaclass=MarkovTaskSetMeta):
    """A chain of tasks: begins with the first one of the class, and goes on as its transitions say."""

    abstract: bool = True
    """Whether the class is only derived from; not inherited."""
    current: Any
    """The task that comes next."""

    def get_next_task(self) -> Task:
        """The task whose turn it is; what follows it is drawn from its transitions."""
        task: Task = self.current
        self.current = getattr(self, random.choice(task.transitions))  # type: ignore[attr-defined]
        return task
