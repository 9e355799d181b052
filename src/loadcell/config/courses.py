"""From options to the stages of the load."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from loadcell.plan import Course, CourseStage

if TYPE_CHECKING:
    from loadcell.config.options import RunConfig

_LEAST_POOL = 100
_MOST_POOL = 10_000
_USERS_PER_RATE = 10


def course_of(config: RunConfig) -> Course | None:
    """The stages of the load; None for a plain number of users."""
    if config.rate is None:
        return None
    level = CourseStage("load", config.rate, config.rate)
    ready = CourseStage("ramp", 0.0, 0.0, config.users / config.spawn_rate)
    course = Course((ready, level), "open")
    return course if config.run_time_s is None else course.cut(config.run_time_s)


def most_users(config: RunConfig) -> int:
    """The most users there may be: in the open model those of the pool."""
    if config.rate is None:
        return config.users
    if config.max_users is not None:
        return config.max_users
    wanted = min(_MOST_POOL, max(_LEAST_POOL, math.ceil(_USERS_PER_RATE * config.rate)))
    return max(wanted, config.users)
