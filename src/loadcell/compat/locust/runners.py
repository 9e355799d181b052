"""Locust's runner, as scenarios see it at `environment.runner`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loadcell.compat.locust.env import Environment
    from loadcell.generator.engine import Engine

STATE_INIT = "ready"
STATE_SPAWNING = "spawning"
STATE_RUNNING = "running"
STATE_CLEANUP = "cleanup"
STATE_STOPPING = "stopping"
STATE_STOPPED = "stopped"
STATE_MISSING = "missing"


class Runner:
    """The view of this process's part of the run that a scenario gets."""

    worker_count = 1
    """How many processes carry users."""

    def __init__(self, environment: Environment, engine: Engine, quit_: Callable[[str], None], worker_index: int) -> None:
        self.environment = environment
        self.state = STATE_INIT
        self.target_user_count = 0
        self.worker_index = worker_index
        self._engine = engine
        self._quit = quit_

    @property
    def user_count(self) -> int:
        """How many users are running in this process."""
        return self._engine.users

    @property
    def user_classes_count(self) -> dict[str, int]:
        """How many users of each class are running in this process."""
        return self._engine.users_by_class()

    def stop(self) -> None:
        """End the run."""
        self._quit("the scenario called runner.stop()")

    def quit(self) -> None:
        """End the run and the process."""
        self._quit("the scenario called runner.quit()")


class LocalRunner(Runner):
    """The runner of a process that is alone."""


class DistributedRunner(Runner):
    """The runner of one of several processes."""


class MasterRunner(DistributedRunner):
    """The runner of the lead, which carries no users."""


class WorkerRunner(DistributedRunner):
    """The runner of a process that carries users beside others."""


RUNNERS: dict[str, type[Runner]] = {"single": LocalRunner, "generator": WorkerRunner, "lead": MasterRunner}
"""By the role of the process."""
