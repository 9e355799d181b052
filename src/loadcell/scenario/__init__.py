"""What a user writes: users, tasks, waits and listeners. Time, greenlets and clients are handed in."""

from loadcell.scenario.events import Events
from loadcell.scenario.tags import tag
from loadcell.scenario.tasks import SequentialTaskSet, TaskSet, task
from loadcell.scenario.user import FastHttpUser, HttpUser, User
from loadcell.scenario.waits import between, constant, constant_pacing, constant_throughput, poisson

events = Events()
"""The hooks of this process's scenario."""

__all__ = [
    "FastHttpUser",
    "HttpUser",
    "SequentialTaskSet",
    "TaskSet",
    "User",
    "between",
    "constant",
    "constant_pacing",
    "constant_throughput",
    "events",
    "poisson",
    "tag",
    "task",
]
