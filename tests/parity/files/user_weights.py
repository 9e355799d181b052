"""Shares of user classes: weights, a fixed count before them, a weight of 0."""

from locust import HttpUser, constant, task

PARITY = {"options": ["-u", "13", "-r", "100", "-t", "2"]}


class Base(HttpUser):
    abstract = True
    wait_time = constant(10)

    @task
    def count(self):
        self.client.get("/ok", name=type(self).__name__)


class Often(Base):
    weight = 3


class Seldom(Base):
    weight = 1


class Fixed(Base):
    fixed_count = 5


class Never(Base):
    weight = 0
