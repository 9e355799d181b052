"""Every way to say how long to wait."""

import random

from locust import HttpUser, TaskSet, between, constant, constant_pacing, constant_throughput, task
from locust.wait_time import constant as imported_from_the_module


class Waits(HttpUser):
    abstract = True

    @task
    def look(self):
        self.client.get("/ok", name=type(self).__name__)


class Between(Waits):
    wait_time = between(0.01, 0.05)


class Constant(Waits):
    wait_time = constant(0.02)


class FromTheModule(Waits):
    wait_time = imported_from_the_module(0.02)


class Pacing(Waits):
    wait_time = constant_pacing(0.05)


class Throughput(Waits):
    wait_time = constant_throughput(20)


class OwnMethod(Waits):
    last = 0.0

    def wait_time(self):
        self.last = random.uniform(self.last, 0.03)
        return self.last


class OwnLambda(Waits):
    wait_time = lambda self: random.expovariate(50)  # noqa: E731


class OfTheTaskSet(HttpUser):
    wait_time = constant(100)

    @task
    class Quick(TaskSet):
        wait_time = constant(0.01)

        @task
        def look(self):
            self.client.get("/ok", name="OfTheTaskSet")
            self.wait()
