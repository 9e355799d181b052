# ruff: noqa: RUF012
"""Weights by decorator, by dict and by list of pairs; plain functions as tasks."""

from locust import HttpUser, constant, task


def from_a_dict(user):
    user.client.get("/ok", name="dict")


def from_a_list(user):
    user.client.get("/ok", name="list")


class Base(HttpUser):
    abstract = True
    wait_time = constant(0.01)

    @task
    def inherited(self):
        self.client.get("/ok", name="inherited")


class Decorated(Base):
    @task(3)
    def often(self):
        self.client.get("/ok", name="often")

    @task
    def seldom(self):
        self.client.get("/ok", name="seldom")


class FromDict(Base):
    tasks = {from_a_dict: 3}


class FromList(Base):
    tasks = [from_a_list, (from_a_dict, 2)]
