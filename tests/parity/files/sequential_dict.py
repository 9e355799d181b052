"""SequentialTaskSet with a dict of tasks."""

from _trace import print

from locust import HttpUser, SequentialTaskSet, constant, task
from locust.exception import StopUser


def one(task_set):
    print("TRACE user one")


def two(task_set):
    print("TRACE user two")


class Steps(SequentialTaskSet):
    tasks = {one: 2, two: 1}

    @task
    def end(self):
        self.client.get("/ok")
        raise StopUser


class Walker(HttpUser):
    fixed_count = 1
    wait_time = constant(0)
    tasks = [Steps]
