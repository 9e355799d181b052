"""Stages with users, rate and classes, in a shape."""
import os

from locust import HttpUser, LoadTestShape, constant, task

SECONDS = int(os.environ["SHOP_SECONDS"])


class Visitor(HttpUser):
    wait_time = constant(0.1)

    @task
    def index(self):
        self.client.get("/")


class Buyer(HttpUser):
    wait_time = constant(0.1)

    @task
    def items(self):
        self.client.get("/items")


class Stages(LoadTestShape):
    stages = [
        {"duration": SECONDS * 0.3, "users": 3, "spawn_rate": 10, "user_classes": [Visitor]},
        {"duration": SECONDS * 0.7, "users": 8, "spawn_rate": 5, "user_classes": [Buyer]},
        {"duration": SECONDS, "users": 2, "spawn_rate": 10, "user_classes": [Buyer, Visitor]},
    ]

    def tick(self):
        run_time = self.get_run_time()
        for stage in self.stages:
            if run_time < stage["duration"]:
                return stage["users"], stage["spawn_rate"], stage["user_classes"]
        return None
