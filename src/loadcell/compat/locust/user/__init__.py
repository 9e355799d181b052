"""Users, tasks and waits."""

from loadcell.compat.locust.user import users, wait_time
from loadcell.compat.locust.user.task import TaskSet, tag, task
from loadcell.compat.locust.user.users import HttpUser, User

__all__ = ["HttpUser", "TaskSet", "User", "tag", "task", "users", "wait_time"]
