"""A checkout in its order, again and again."""
from locust import SequentialTaskSet, HttpUser, constant_throughput, task
from _common import account


class Checkout(SequentialTaskSet):
    def on_start(self):
        found = account()
        self.client.post("/login", json={"user": found["user"], "password": found["password"]})

    @task
    def browse(self):
        self.items = self.client.get("/items").json()["items"]

    @task(2)
    def add(self):
        with self.client.post("/cart", json={"id": self.items[0]["id"]}, catch_response=True) as response:
            if response.status_code == 201:
                response.success()

    @task
    def pay(self):
        order = self.client.post("/checkout").json()["order"]
        if not order:
            self.interrupt()

    @task
    def empty(self):
        self.client.delete("/cart")


class Buyer(HttpUser):
    wait_time = constant_throughput(10)
    tasks = [Checkout]
