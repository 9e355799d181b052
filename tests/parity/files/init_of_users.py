"""A user class with an __init__ of its own, in the ways people write it."""

from locust import FastHttpUser, HttpUser, constant, task
from locust.exception import StopUser


class Counting(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.count = 5

    @task
    def once(self):
        self.client.get("/ok", name=f"count {self.count}")
        raise StopUser


class Parent(FastHttpUser):
    fixed_count = 1
    wait_time = constant(0)

    def __init__(self, parent):
        super().__init__(parent)
        self.seen = parent is self.environment

    @task
    def once(self):
        self.client.get("/ok", name=f"seen {self.seen}")
        raise StopUser
