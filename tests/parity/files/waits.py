"""Every kind of wait, as numbers of the task's runs."""

from locust import HttpUser, TaskSet, between, constant, constant_pacing, constant_throughput, task

PARITY = {"options": ["-t", "2"], "exact": False}


class Base(HttpUser):
    abstract = True
    fixed_count = 1

    @task
    def count(self):
        self.client.get("/ok", name=type(self).__name__)


class Between(Base):
    wait_time = between(0.1, 0.2)


class Constant(Base):
    wait_time = constant(0.2)


class Pacing(Base):
    wait_time = constant_pacing(0.2)


class Throughput(Base):
    wait_time = constant_throughput(5)


class OwnMethod(Base):
    def wait_time(self):
        return 0.2


class OwnLambda(Base):
    wait_time = lambda self: 0.2


class OfTheTaskSet(HttpUser):
    fixed_count = 1
    wait_time = constant(100)

    @task
    class Inner(TaskSet):
        wait_time = constant(0.2)

        @task
        def count(self):
            self.client.get("/ok", name="OfTheTaskSet")
