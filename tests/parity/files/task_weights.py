"""Weights of tasks in every way they can be written; each is picked, and only those."""

from locust import HttpUser, constant, task

PARITY = {"options": ["-t", "2"], "exact": False}


def plain(user):
    user.client.get("/ok", name="plain")


def heavy(user):
    user.client.get("/ok", name="heavy")


class Listed(HttpUser):
    fixed_count = 1
    wait_time = constant(0.01)
    tasks = [plain, (heavy, 3)]


class Mapped(HttpUser):
    fixed_count = 1
    wait_time = constant(0.01)
    tasks = {plain: 1, heavy: 2}

    @task(4)
    def decorated(self):
        self.client.get("/ok", name="decorated")


class Inheriting(Mapped):
    fixed_count = 1

    @task
    def added(self):
        self.client.get("/ok", name="added")
