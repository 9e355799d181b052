"""Locust's Environment, as scenarios see it in listeners and at `self.environment`, and as scripts make it."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from loadcell.compat.locust import runners
from loadcell.compat.locust.dispatch import UsersDispatcher
from loadcell.compat.locust.runners import LocalRunner, MasterRunner, Runner, WorkerRunner
from loadcell.compat.locust.stats import RequestStats
from loadcell.compat.own_equipment import own_equipment
from loadcell.generator.equipment import Equipment
from loadcell.scenario.events import Events
from loadcell.scenario.exceptions import RPCError, RunnerAlreadyExistsError
from loadcell.scenario.runtime import Runtime
from loadcell.scenario.shape import LoadTestShape
from loadcell.scenario.tags import filter_tasks_by_tags
from loadcell.scenario.user import User

if TYPE_CHECKING:
    from loadcell.compat.locust.web import WebUI
    from loadcell.messages import EntryCounts, ErrorCount

_NO_NETWORK_OF_LOCUST = (
    "Loadcell does not speak Locust's protocol between machines. Use several processes with "
    "`loadcell run --processes N`, or a local runner in a script."
)


class Environment:
    """What belongs to one run in this process. ValueError for classes that can't run together."""

    def __init__(
        self,
        *,
        user_classes: Sequence[type[User]] | None = None,
        shape_class: LoadTestShape | None = None,
        tags: list[str] | None = None,
        locustfile: str | None = None,
        exclude_tags: list[str] | None = None,
        events: Events | None = None,
        host: str | None = None,
        reset_stats: bool = False,
        stop_timeout: float | None = None,
        catch_exceptions: bool = True,
        parsed_options: Namespace | None = None,
        parsed_locustfiles: list[str] | None = None,
        available_user_classes: Mapping[str, type[User]] | None = None,
        available_shape_classes: Mapping[str, LoadTestShape] | None = None,
        available_user_tasks: Mapping[str, list[Any]] | None = None,
        dispatcher_class: type[UsersDispatcher] | None = None,
        profile: str | None = None,
    ) -> None:
        self.user_classes = list(user_classes or ())
        self.shape_class = shape_class
        self.tags = tags
        """None: those of `parsed_options`."""
        self.exclude_tags = exclude_tags
        """None: those of `parsed_options`."""
        self.locustfile = locustfile
        self.events = Events() if events is None else events
        self.host = host
        self.reset_stats = reset_stats
        """Whether the statistics begin anew when all users are there."""
        if stop_timeout is None:
            stop_timeout = getattr(parsed_options, "stop_timeout", None) or 0.0
        self.stop_timeout: float | None = float(stop_timeout)
        """How long users are given to end their task when they are stopped, in s."""
        self.catch_exceptions = catch_exceptions
        """Whether a task's exception is counted and the user goes on."""
        self.parsed_options = parsed_options
        self.parsed_locustfiles = parsed_locustfiles
        self.available_user_classes = available_user_classes
        self.available_shape_classes = available_shape_classes
        self.available_user_tasks = available_user_tasks
        self.dispatcher_class = dispatcher_class or UsersDispatcher
        """Kept for scripts that set it; Loadcell shares users out itself."""
        self.profile = profile
        self.process_exit_code: int | None = None
        """Set it to end the command with this code, whatever was measured."""
        self.web_ui: WebUI | None = None
        self.runner: Runner | None = None
        self.single_user_instance: User | None = None
        """The user of `run_single_user`."""
        self.worker_logs: dict[str, list[str]] = {}
        self.stats = RequestStats()
        self._equipment: Equipment | None = None
        self._filtered = False
        self._check()

    def _check(self) -> None:
        running = [cls for cls in self.user_classes if cls.weight > 0 or cls.fixed_count > 0]
        if self.user_classes and not running:
            raise ValueError("There are no users with weight > 0.")
        self.user_classes = running
        if len(self.user_classes_by_name) < len(running):
            names = ", ".join(cls.fullname() for cls in running)
            raise ValueError(f"The following user classes have the same class name: {names}")
        if self.shape_class is not None and not isinstance(self.shape_class, LoadTestShape):
            raise ValueError(f"shape_class should be an instance of LoadTestShape, but is: {self.shape_class}")

    @property
    def user_classes_by_name(self) -> dict[str, type[User]]:
        """The user classes by name."""
        return {cls.__name__: cls for cls in self.user_classes}

    @property
    def runtime(self) -> Runtime:
        """Time and clients for the users; made when it is first asked for."""
        return self.equipment.runtime

    @property
    def equipment(self) -> Equipment:
        """What the users share; made when it is first asked for."""
        if self._equipment is None:
            self.equip(own_equipment())
            assert self._equipment is not None
        return self._equipment

    def equip(self, equipment: Equipment) -> None:
        """Use what the process has: its recorder feeds the statistics."""
        self._equipment = equipment
        equipment.recorder.keep = self._keep
        self.stats.before_read = equipment.recorder.share

    def _keep(self, entries: list[EntryCounts], errors: list[ErrorCount]) -> None:
        self.stats.add_counts(entries, errors, time.time())

    def create_local_runner(self) -> LocalRunner:
        """A runner whose users are in this process. RunnerAlreadyExistsError if there is a runner."""
        self._require_no_runner()
        return LocalRunner(self)

    def create_master_runner(self, master_bind_host: str = "*", master_bind_port: int = 5557) -> MasterRunner:
        """Refused: RPCError says what to use."""
        raise RPCError(_NO_NETWORK_OF_LOCUST)

    def create_worker_runner(self, master_host: str, master_port: int) -> WorkerRunner:
        """Refused: RPCError says what to use."""
        raise RPCError(_NO_NETWORK_OF_LOCUST)

    def _require_no_runner(self) -> None:
        if self.runner is not None:
            raise RunnerAlreadyExistsError(f"Environment.runner already exists ({self.runner})")

    def adopt(self, runner: Runner) -> None:
        """Make `runner` the environment's, and the shape's."""
        self.runner = runners.locust_runner = runner
        if self.shape_class is not None:
            self.shape_class.runner = runner

    def create_web_ui(self, *args: Any, **kwargs: Any) -> WebUI:
        """Locust's web page: what a script does with it is accepted, and said once not to be served."""
        from loadcell.compat.locust.web import WebUI

        self.web_ui = WebUI(self, *args, **kwargs)
        return self.web_ui

    def filter_tasks_by_tags(self) -> None:
        """Leave out the tasks that the run's tags don't ask for; once, however often it is called."""
        if self._filtered:
            return
        self._filtered = True
        options = self.parsed_options
        tags = self.tags if self.tags is not None else getattr(options, "tags", None) or None
        exclude = self.exclude_tags if self.exclude_tags is not None else getattr(options, "exclude_tags", None) or None
        if tags is None and exclude is None:
            return
        for cls in self.user_classes:
            filter_tasks_by_tags(cls, None if tags is None else set(tags), None if exclude is None else set(exclude))

    def update_user_class(self, user_settings: Mapping[str, Any]) -> None:
        """Set attributes of the class that `user_settings["user_class_name"]` names; `tasks` by their names."""
        name = user_settings["user_class_name"]
        cls = (self.available_user_classes or self.user_classes_by_name)[name]
        for key, value in user_settings.items():
            if key == "tasks":
                known = (self.available_user_tasks or {}).get(name, cls.tasks)
                cls.tasks = [task for task in known if getattr(task, "__name__", "") in value]
            elif key != "user_class_name":
                setattr(cls, key, value)

    def assign_equal_weights(self) -> None:
        """Let all classes have the same share, and all tasks, nested ones too, the same chance."""
        for cls in self.user_classes:
            cls.weight = 1
            cls.tasks = list(dict.fromkeys(_leaves(cls.tasks)))


def _leaves(tasks: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for task in tasks:
        found += _leaves(task.tasks) if hasattr(task, "tasks") else [task]
    return found
