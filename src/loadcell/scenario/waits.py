"""How long a user waits between two tasks: functions that make a `wait_time`. All times are in seconds."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

WaitTime = Callable[[Any], float]
"""Called with the user or task set that owns it; answers how long to wait, in s."""


def between(min_wait: float, max_wait: float) -> WaitTime:
    """Waits that are uniformly distributed from `min_wait` to `max_wait`."""
    width = max_wait - min_wait
    uniform = random.random
    return lambda owner: min_wait + uniform() * width


def constant(wait_time: float) -> WaitTime:
    """Waits that are all `wait_time` long."""
    return lambda owner: wait_time


def constant_pacing(wait_time: float, *, now: Callable[[], float] = time.monotonic) -> WaitTime:
    """Waits that let a task start every `wait_time` s; a task that takes longer is followed by the next one at once.

    The first period counts from the creation of the owner. Starts that were missed are not made up for.
    """

    def wait(owner: Any) -> float:
        at = now()
        worked: float = at - owner._cp_last_run - owner._cp_last_wait_time
        owner._cp_last_run = at
        owner._cp_last_wait_time = pause = max(0.0, wait_time - worked)
        return pause

    return wait


def constant_throughput(task_runs_per_second: float, *, now: Callable[[], float] = time.monotonic) -> WaitTime:
    """Waits that let each user start this many tasks a second, as `constant_pacing` does; ValueError unless above 0."""
    _check_rate("constant_throughput", task_runs_per_second)
    return constant_pacing(1 / task_runs_per_second, now=now)


def poisson(rate: float) -> WaitTime:
    """Waits that are exponentially distributed with mean 1/`rate`, on top of the task's own time.

    ValueError unless `rate` is above 0.
    """
    _check_rate("poisson", rate)
    return lambda owner: random.expovariate(rate)


def _check_rate(function: str, rate: float) -> None:
    if rate <= 0:
        raise ValueError(f"{function}() requires a positive rate, got: {rate}")
