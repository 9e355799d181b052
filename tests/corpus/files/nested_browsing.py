"""Browsing with task sets inside task sets, left by interrupt."""
import random

from locust import HttpUser, TaskSet, between, task
from _common import PriceMixin


class Browse(TaskSet, PriceMixin):
    page = 1

    def on_start(self):
        self.page = 1

    @task(3)
    def turn_page(self):
        found = self.client.get(f"/items?page={self.page}", name="/items?page=[page]").json()
        self.page = found["next"]

    @task(2)
    class Item(TaskSet):
        @task(3)
        def look(self):
            self.client.get(f"/items/{self.parent.some_item()}", name="/items/[id]")

        @task(1)
        def leave(self):
            self.interrupt(reschedule=random.random() < 0.5)

    @task(1)
    def leave(self):
        self.interrupt()


class Visitor(HttpUser):
    wait_time = between(0.02, 0.1)
    tasks = {Browse: 4}

    @task
    def index(self):
        self.client.get("/")
