"""Tasks and the sets that hold them."""

from loadcell.scenario.tags import filter_tasks_by_tags, tag
from loadcell.scenario.tasks import RUNNING as LOCUST_STATE_RUNNING
from loadcell.scenario.tasks import STOPPING as LOCUST_STATE_STOPPING
from loadcell.scenario.tasks import WAITING as LOCUST_STATE_WAITING
from loadcell.scenario.tasks import DefaultTaskSet, TaskSet, TaskSetMeta, get_tasks_from_base_classes, task

__all__ = [
    "LOCUST_STATE_RUNNING",
    "LOCUST_STATE_STOPPING",
    "LOCUST_STATE_WAITING",
    "DefaultTaskSet",
    "TaskSet",
    "TaskSetMeta",
    "filter_tasks_by_tags",
    "get_tasks_from_base_classes",
    "tag",
    "task",
]
