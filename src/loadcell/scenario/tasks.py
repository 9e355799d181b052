"""Tasks, the sets that hold them, and the loop in which a user executes them."""

from __future__ import annotations

import logging
import random
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from itertools import cycle
from types import FunctionType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, final, overload

from loadcell.scenario.exceptions import (
    InterruptTaskSet,
    LocustError,
    MissingWaitTimeError,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)

if TYPE_CHECKING:
    from loadcell.scenario.user import User

# The name that logging configurations of existing scenarios know.
logger = logging.getLogger("locust.user.task")

RUNNING = "running"
WAITING = "waiting"
STOPPING = "stopping"

Task = Callable[..., Any]
"""A function called with its task set (with the user, if it is the user's own task), or a TaskSet class."""

Decorated = TypeVar("Decorated", bound=Task)
_WEIGHT = "locust_task_weight"
_random = random.random


@overload
def task(weight: Decorated) -> Decorated: ...
@overload
def task(weight: int = 1) -> Callable[[Decorated], Decorated]: ...
def task(weight: Any = 1) -> Any:
    """Makes a method or a nested TaskSet a task, picked `weight` times as often as one of weight 1.

    Works as `@task` and as `@task(3)`. A method named `run` is refused: it is the user's own loop.
    """
    if callable(weight):
        return _declare(weight, 1)
    return lambda decorated: _declare(decorated, weight)


def _declare(decorated: Decorated, weight: int) -> Decorated:
    name = decorated.__name__
    if name == "run":
        raise Exception("run() is how a user executes its tasks: it must not be overridden or be a task itself")
    if name in ("on_start", "on_stop"):
        logging.getLogger().warning("%s() has @task: it will run as a task as well as on start or stop", name)
    setattr(decorated, _WEIGHT, weight)
    return decorated


def _weight_of(member: Any) -> int:
    # Looked up with dir: objects that answer to every name (mocks, lazy modules) must not become tasks.
    return getattr(member, _WEIGHT) if _WEIGHT in dir(member) else 0


def _inherited(bases: tuple[type, ...]) -> list[Task]:
    return [each for base in bases for each in getattr(base, "tasks", None) or ()]


def get_tasks_from_base_classes(bases: tuple[type, ...], class_dict: dict[str, Any]) -> list[Task]:
    """All tasks of a class that is being made, each as often as its weight: inherited, from `tasks`, decorated."""
    tasks = _inherited(bases)
    listed = class_dict.get("tasks") or ()
    for entry in listed.items() if isinstance(listed, dict) else listed:
        one, count = entry if isinstance(entry, tuple) else (entry, 1)
        tasks += [one] * count
    for member in class_dict.values():
        tasks += [member] * _weight_of(member)
    return tasks


class TaskSetMeta(type):
    """Gathers a class's tasks into one list when the class is made."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> TaskSetMeta:
        namespace["tasks"] = mcs.collect(bases, namespace)
        return super().__new__(mcs, name, bases, namespace)

    @staticmethod
    def collect(bases: tuple[type, ...], namespace: dict[str, Any]) -> list[Task]:
        """The tasks of the class, each as often as its weight."""
        return get_tasks_from_base_classes(bases, namespace)

    def __setattr__(cls, name: str, value: Any) -> None:
        """A method that a plugin puts in the place of ours also counts for the users' own tasks."""
        super().__setattr__(name, value)
        replaced = cls is DefaultTaskSet and name in ("execute_task", "get_next_task")
        replaced = replaced or (cls is TaskSet and name == "execute_next_task")
        if replaced and "execute_next_task" in vars(DefaultTaskSet):
            # Our own does their work in one; the base's goes through each.
            del DefaultTaskSet.execute_next_task


class TaskSet(metaclass=TaskSetMeta):
    """Tasks of which one after another is picked at random, until `interrupt` or the end of the user."""

    tasks: Any = []  # noqa: RUF012 - typed as loosely as scenarios set it
    """Functions and TaskSet classes: a list, a list of (task, weight), or a dict {task: weight}."""
    min_wait: float | None = None
    """In ms; consulted only where no wait_time is."""
    max_wait: float | None = None
    """In ms; consulted only where no wait_time is."""
    wait_function: Any = None

    _task_queue_or_none: deque[Task] | None = None
    _cp_last_wait_time: float = 0.0

    def __init__(self, parent: User | TaskSet) -> None:
        self._parent = parent
        self._user: User = parent.user if isinstance(parent, TaskSet) else parent
        self._cp_last_run = time.monotonic()

    @property
    def user(self) -> User:
        """The user that executes this task set."""
        return self._user

    @property
    def parent(self) -> Any:
        """The task set that contains this one, or the user."""
        return self._parent

    @property
    def client(self) -> Any:
        """The user's client."""
        return self._user.client

    @property
    def _task_queue(self) -> deque[Task]:
        # Made when first asked for: most users never schedule a task, and an empty deque weighs as much as the user.
        queue = self._task_queue_or_none
        if queue is None:
            self._task_queue_or_none = queue = deque()
        return queue

    def on_start(self) -> None:
        """Runs each time the user enters this task set; to be overridden."""

    def on_stop(self) -> None:
        """Runs each time the user leaves this task set, and when the user ends inside it; to be overridden."""

    @final
    def run(self) -> NoReturn:
        """Executes tasks until one of them, or the end of the user, leaves the task set by an exception."""
        try:
            self.on_start()
        except InterruptTaskSet as interrupt:
            raise _handed_back(interrupt) from interrupt
        user = self._user
        killed = user.environment.runtime.killed
        gate = user._gate
        while True:
            try:
                try:
                    if user._state == STOPPING:
                        raise StopUser
                    self.execute_next_task()
                except RescheduleTaskImmediately:
                    if gate is None:
                        continue
                except RescheduleTask:
                    pass
                if gate is None:
                    self.wait()
                else:
                    gate(user)
            except InterruptTaskSet as interrupt:
                _stop(self, StopUser, StopTest)
                raise _handed_back(interrupt) from interrupt
            except (StopUser, StopTest, killed):
                _stop(self)
                raise
            except Exception as error:
                try:
                    _recover(self, error)
                except (StopUser, StopTest, killed):
                    _stop(self)
                    raise

    def execute_next_task(self) -> None:
        """Executes the first scheduled task, or one that `get_next_task` picks."""
        queue = self._task_queue_or_none
        self.execute_task(queue.popleft() if queue else self.get_next_task())

    def execute_task(self, task: Task) -> None:
        """Calls a function with this task set, a bound method of this task set as it is, and runs a nested TaskSet."""
        # Plain functions first: they are nearly all tasks, and looking for what they lack is slow.
        if type(task) is FunctionType:
            task(self)
        elif getattr(task, "__self__", None) is self:
            task()
        elif isinstance(task, TaskSetMeta):
            task(self).run()
        else:
            task(self)

    def schedule_task(self, task_callable: Task, first: bool = False) -> None:
        """Lets `task_callable` be executed after the tasks scheduled already, or before them if `first`."""
        if first:
            self._task_queue.appendleft(task_callable)
        else:
            self._task_queue.append(task_callable)

    def get_next_task(self) -> Task:
        """One of `tasks`, all being equally likely; Exception if there is none."""
        tasks: list[Task] = self.tasks
        if tasks:
            return tasks[int(_random() * len(tasks))]
        raise _nothing_to_do(self, "the TaskSet")

    def wait_time(self) -> float:
        """How long to wait between two tasks, in s: what the user's `wait_time` says, unless overridden."""
        user = self._user
        if user.wait_time:
            seconds: float = user.wait_time()
            return seconds
        shortest = self.min_wait or user.min_wait
        longest = self.max_wait or user.max_wait
        if shortest is None or longest is None:
            raise MissingWaitTimeError(
                f"You must define a wait_time method on either the {type(user).__name__} or {type(self).__name__} class"
            )
        return random.randint(int(shortest), int(longest)) / 1000.0

    def wait(self) -> None:
        """Sleeps for the wait time now; unlike inside a task, the user may be ended here without regard to its task."""
        user = self._user
        if user._state == STOPPING:
            raise StopUser
        user._state = WAITING
        user.environment.runtime.sleep(self.wait_time())
        if user._state == STOPPING:
            raise StopUser
        user._state = RUNNING

    def interrupt(self, reschedule: bool = True) -> NoReturn:
        """Leaves this task set; the parent picks its next task at once, or after its wait if not `reschedule`."""
        raise InterruptTaskSet(reschedule)


class DefaultTaskSet(TaskSet):
    """The outermost task set of every user: executes the user's own tasks, with the user as their argument."""

    def execute_next_task(self) -> None:
        # The base's three calls in one: this runs once per iteration of nearly every user.
        queue = self._task_queue_or_none
        user = self._user
        tasks = user.tasks
        if queue or not tasks:
            super().execute_next_task()
            return
        task = tasks[int(_random() * len(tasks))]
        if type(task) is FunctionType:
            task(user)
        else:
            self.execute_task(task)

    def get_next_task(self) -> Task:
        tasks: list[Task] = self._user.tasks
        if tasks:
            return tasks[int(_random() * len(tasks))]
        raise _nothing_to_do(self._user, "the User (or mark it as abstract = True if it is only a base class)")

    def execute_task(self, task: Task) -> None:
        if type(task) is FunctionType or not isinstance(task, TaskSetMeta):
            task(self._user)
        else:
            task(self._user).run()


class SequentialTaskSetMeta(TaskSetMeta):
    """Gathers a class's tasks in the order of their declaration."""

    @staticmethod
    def collect(bases: tuple[type, ...], namespace: dict[str, Any]) -> list[Task]:
        """Inherited tasks, then those of the class body, `tasks` being spliced in where it stands."""
        tasks = _inherited(bases)
        for name, member in namespace.items():
            if name == "tasks":
                tasks += _spelled_out(member)
            tasks += [member] * _weight_of(member)
        return tasks


def _spelled_out(tasks: Any) -> list[Task]:
    if isinstance(tasks, list):
        return tasks
    if isinstance(tasks, dict):
        return [each for each, count in tasks.items() for _ in range(count)]
    raise ValueError("The 'tasks' attribute can only be set to list or dict")


class SequentialTaskSet(TaskSet, metaclass=SequentialTaskSetMeta):
    """Tasks that are executed in the order of their declaration, over and over; a weight repeats one in its place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._task_cycle: Iterator[Task] = cycle(self.tasks)

    def get_next_task(self) -> Task:
        """The task after the one before; LocustError if there is none."""
        if not self.tasks:
            raise LocustError("No tasks defined. Use the @task decorator or set 'tasks' of the SequentialTaskSet")
        return next(self._task_cycle)


# Functions, not methods: scenarios derive from TaskSet, and any further name in it could be one of theirs.
def _stop(task_set: TaskSet, *passing: type[Exception]) -> None:
    try:
        task_set.on_stop()
    except passing:
        raise
    except Exception:
        logging.getLogger().error("Uncaught exception in on_stop: \n%s", traceback.format_exc())


def _recover(task_set: TaskSet, error: Exception) -> None:
    """Reports what a task raised, and waits as after any other task; raises it where nothing is to be caught."""
    environment = task_set.user.environment
    environment.events.user_error.fire(user_instance=task_set, exception=error, tb=error.__traceback__)
    if not environment.catch_exceptions:
        raise error
    logger.error("%s\n%s", error, traceback.format_exc())
    user = task_set._user
    if user._gate is None:
        task_set.wait()
    else:
        user._gate(user)


def _nothing_to_do(holder: Any, where: str) -> Exception:
    meant = ", but you have set a 'task' attribute: maybe you meant 'tasks'?" if getattr(holder, "task", None) else "."
    return Exception(f"No tasks defined on {type(holder).__name__}{meant} Use the @task decorator or set 'tasks' of {where}")


def _handed_back(interrupt: InterruptTaskSet) -> RescheduleTask | RescheduleTaskImmediately:
    """What an interrupted task set means to the one that contains it."""
    kind = RescheduleTaskImmediately if interrupt.reschedule else RescheduleTask
    return kind(interrupt.reschedule)
