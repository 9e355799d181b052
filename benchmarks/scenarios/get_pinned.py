"""One GET in a Python task, without a wait, on the core that the environment names, whoever starts the process."""

import os

from locust import HttpUser, task

os.sched_setaffinity(0, {int(os.environ["BENCH_CORE"])})


class Visitor(HttpUser):
    @task
    def get(self) -> None:
        self.client.get("/", name="get")
