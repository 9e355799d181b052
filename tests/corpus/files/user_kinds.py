"""Several kinds of users: weights, a fixed number, tags."""
from locust import HttpUser, between, tag, task


class Reader(HttpUser):
    weight = 3
    wait_time = between(0.05, 0.1)

    @tag("read")
    @task(3)
    def read(self):
        self.client.get("/items", name="reader")

    @tag("never")
    @task
    def never(self):
        self.client.get("/nothing", name="never")


class Buyer(HttpUser):
    weight = 1
    wait_time = between(0.05, 0.1)

    @tag("buy", "write")
    @task
    def buy(self):
        self.client.get("/items/1", name="buyer")


class Admin(HttpUser):
    fixed_count = 1
    wait_time = between(0.3, 0.5)

    @tag("read")
    @task
    def look(self):
        self.client.get("/", name="admin")
