"""Where Locust before 1.0 had its users and tasks; now `locust` itself."""

from loadcell.compat.legacy import FastHttpLocust, HttpLocust, Locust, TaskSequence, seq_task
from loadcell.scenario import events
from loadcell.scenario.tasks import TaskSet, task

__all__ = ["FastHttpLocust", "HttpLocust", "Locust", "TaskSequence", "TaskSet", "events", "seq_task", "task"]
