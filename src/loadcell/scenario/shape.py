"""A load that the scenario's own code decides on, second by second."""

from __future__ import annotations

import time
from abc import ABCMeta, abstractmethod
from typing import Any


class LoadTestShapeMeta(ABCMeta):
    """Makes a shape concrete unless its class says `abstract = True` itself."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> LoadTestShapeMeta:
        namespace["abstract"] = bool(namespace.get("abstract"))
        return super().__new__(mcs, name, bases, namespace)


class LoadTestShape(metaclass=LoadTestShapeMeta):
    """Decides how many users there are: derive from it and override `tick`, which is asked once a second."""

    abstract: bool = True
    """Whether the class is only derived from; not inherited."""
    use_common_options: bool = False
    """Whether `tick` itself looks at --users, --spawn-rate and --run-time, which a shape else makes meaningless."""
    runner: Any = None
    """The runner whose load is shaped."""

    def __init__(self) -> None:
        self.start_time = time.perf_counter()

    def reset_time(self) -> None:
        """Let `get_run_time` count from now."""
        self.start_time = time.perf_counter()

    def get_run_time(self) -> float:
        """Seconds since the test's start."""
        return time.perf_counter() - self.start_time

    def get_current_user_count(self) -> int:
        """How many users are running."""
        return int(self.runner.user_count)

    @abstractmethod
    def tick(self) -> tuple[Any, ...] | None:
        """The load from now on: (users, spawn rate) or (users, spawn rate, user classes); None ends the run."""
