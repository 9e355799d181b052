"""Users: what a scenario's classes derive from, and their life from start to stop."""

from __future__ import annotations

import logging
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any, final

from loadcell.scenario.exceptions import StopTest, StopUser
from loadcell.scenario.rest import RestMixin
from loadcell.scenario.tasks import (
    RUNNING,
    STOPPING,
    WAITING,
    DefaultTaskSet,
    TaskSetMeta,
    get_tasks_from_base_classes,
)
from loadcell.scenario.waits import constant

# The name that logging configurations of existing scenarios know.
logger = logging.getLogger("locust.user.users")

_NO_HOST = (
    "You must specify the base host. Either in the host attribute in the User class, "
    "or on the command line using the --host option."
)


class UserMeta(type):
    """Gathers a class's tasks into one list, and makes it concrete unless it says `abstract = True` itself."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> UserMeta:
        namespace["tasks"] = get_tasks_from_base_classes(bases, namespace)
        namespace["abstract"] = namespace.get("abstract") or False
        _warn_of_task_set(namespace.get("task_set"))
        return super().__new__(mcs, name, bases, namespace)


def _warn_of_task_set(task_set: Any) -> None:
    if isinstance(task_set, TaskSetMeta) and not hasattr(task_set, "locust_task_weight"):
        warnings.warn(
            f"task_set has no effect on a User since Locust 1.0: write tasks = [{task_set.__name__}]",
            DeprecationWarning,
            stacklevel=3,
        )


class User(metaclass=UserMeta):
    """One simulated user: executes its tasks, and waits between them. Derive from it and give it tasks."""

    host: str | None = None
    """What the paths of requests are appended to, as in http://127.0.0.1:8000; -H and --host overwrite it."""
    # Loosely typed: scenarios set functions, lambdas and methods, and None to fall back on min_wait and max_wait.
    wait_time: Any = constant(0)
    """A function of the user that answers how long to wait between two tasks, in s."""
    tasks: Any = []  # noqa: RUF012 - typed as loosely as scenarios set it
    """Functions and TaskSet classes: a list, a list of (task, weight), or a dict {task: weight}."""
    weight: float = 1
    """The class's share of the users, in relation to the other classes."""
    fixed_count: int = 0
    """If above 0, exactly so many users of this class are started, before all others, and `weight` has no meaning."""
    abstract: bool = True
    """Whether the class is only derived from; not inherited."""
    min_wait: float | None = None
    """In ms; consulted only where no wait_time is."""
    max_wait: float | None = None
    """In ms; consulted only where no wait_time is."""
    wait_function: Any = None
    client: Any

    # Defaults on the class keep ten thousand users small.
    _state: str | None = None
    _greenlet: Any = None
    _group: Any = None
    _taskset_instance: Any = None
    _gate: Callable[[Any], None] | None = None
    """In the open model: called with the user to wait until its next task is due, instead of its wait time."""
    _cp_last_wait_time: float = 0.0

    def __init__(self, environment: Any) -> None:
        super().__init__()
        self.environment = environment
        """The environment in which the user runs: `events`, `runtime`, `catch_exceptions` and what else it offers."""
        self._cp_last_run = time.monotonic()

    def on_start(self) -> None:
        """Runs once before the user's first task; to be overridden."""

    def on_stop(self) -> None:
        """Runs once when the user is stopped, after the `on_stop` of its task sets; to be overridden."""

    @final
    def run(self) -> None:
        """The user's life, from start to stop. Returns when the user was stopped.

        Whatever else ends it is raised, and `on_stop` is left out: an exception in `on_start` (logged, and fired as
        user_error), an interrupt outside a task set, a wait time that can't be had.
        """
        self._state = RUNNING
        self._taskset_instance = root = DefaultTaskSet(self)
        try:
            try:
                self.on_start()
            except Exception as error:
                logger.error("%s\n%s", error, traceback.format_exc())
                if not isinstance(error, (StopUser, StopTest)):
                    self.environment.events.user_error.fire(user_instance=self, exception=error, tb=error.__traceback__)
                raise
            if self._gate is not None:
                self._gate(self)
            root.run()
        except (StopUser, StopTest, self.environment.runtime.killed):
            self.on_stop()

    def wait(self) -> None:
        """Sleeps for the user's wait time now; the user may be ended meanwhile even if it is given time to stop."""
        self._taskset_instance.wait()

    def start(self, group: Any) -> Any:
        """Starts the user in a group of greenlets and returns its greenlet, whose first argument is the user."""
        self._group = group
        self._greenlet = group.spawn(_live, self)
        return self._greenlet

    def stop(self, force: bool = False) -> bool:
        """Ends the user: at once (then True) if it is waiting or if `force`, else after its task (then False)."""
        if force or self._state in (None, WAITING):
            self._group.killone(self._greenlet)
            return True
        if self._state == RUNNING:
            self._state = STOPPING
            return False
        raise Exception(f"A user in state {self._state} can't be stopped: it is stopping already")

    @property
    def group(self) -> Any:
        """The group of greenlets in which the user was started."""
        return self._group

    @property
    def greenlet(self) -> Any:
        """The greenlet in which the user runs; None before its start."""
        return self._greenlet

    def context(self) -> dict[str, Any]:
        """What every request event of this user carries in `context`; to be overridden."""
        return {}

    @classmethod
    def json(cls) -> dict[str, Any]:
        """The class's settings, for those who choose among classes."""
        return {
            "host": cls.host,
            "weight": cls.weight,
            "fixed_count": cls.fixed_count,
            "tasks": [getattr(task, "__name__", repr(task)) for task in cls.tasks],
        }

    @classmethod
    def fullname(cls) -> str:
        """The class's name with its module, as in locustfile.Shopper."""
        return f"{cls.__module__}.{cls.__qualname__}".replace("<locals>.", "")


def _live(user: User) -> None:
    user.run()


class HttpUser(User, RestMixin):
    """A user whose `client` is a session in the manner of requests."""

    abstract = True

    pool_manager: Any = None
    """A pool of connections to share among users; None gives each user its own."""
    network_timeout: float | None = 60.0
    """How long to wait for the service to send something, in s, where the request doesn't say; None waits for ever."""
    connection_timeout: float = 60.0
    """How long a connection may take to open, in s."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.host is None:
            raise StopTest(_NO_HOST)
        self.client = self.environment.runtime.http_session(self)


class FastHttpUser(User, RestMixin):
    """A user whose `client` is a session in the manner of Locust's FastHttpSession; certificates are not verified."""

    abstract = True

    network_timeout: float = 60.0
    """How long to wait for the service to send something, in s."""
    connection_timeout: float = 60.0
    """How long a connection may take to open, in s."""
    max_redirects: int = 30
    max_retries: int = 0
    """How often a request is sent again after its connection failed."""
    insecure: bool = True
    """Whether any certificate will do."""
    default_headers: dict[str, str] | None = None
    """Headers of every request."""
    concurrency: int = 10
    """How many requests of one user may be under way at once."""
    proxy_host: str | None = None
    proxy_port: int | None = None
    client_pool: Any = None
    """A pool of connections to share among users; None gives each user its own."""
    ssl_context_factory: Any = None
    """A function that makes the SSLContext; None uses the one that `insecure` asks for."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        if self.host is None:
            raise StopTest(_NO_HOST)
        self.client = self.environment.runtime.fast_http_session(self)
