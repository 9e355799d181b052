"""One GET against a latency of the target's choice; BENCH_PATH and BENCH_WAIT (seconds) say which and how often."""

import os

from locust import HttpUser, constant, task

PATH = os.environ.get("BENCH_PATH", "/delay?dist=lognormal&median=10&sigma=0.5&seed=1")


class Visitor(HttpUser):
    wait_time = constant(float(os.environ.get("BENCH_WAIT", "0.05")))

    @task
    def get(self) -> None:
        self.client.get(PATH, name="delay")
