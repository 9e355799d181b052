"""User classes named on the command line."""

from locust import HttpUser, constant, task

PARITY = {"options": ["-u", "2", "-r", "10", "-t", "2", "Second", "Third"]}


class Base(HttpUser):
    abstract = True
    wait_time = constant(10)

    @task
    def count(self):
        self.client.get("/ok", name=type(self).__name__)


class First(Base):
    pass


class Second(Base):
    pass


class Third(Base):
    pass
