"""Two kinds of users, one of them in a fixed number."""

from locust import FastHttpUser, HttpUser, constant, task


class Admin(HttpUser):
    fixed_count = 1
    wait_time = constant(0.01)

    @task
    def administer(self):
        self.client.get("/ok", name="administer")


class Buyer(FastHttpUser):
    weight = 2
    wait_time = constant(0.01)

    @task
    def buy(self):
        self.client.post("/echo", json={"item": 1}, name="buy")


class Looker(HttpUser):
    weight = 1
    wait_time = constant(0.01)

    @task
    def look(self):
        self.client.get("/ok", name="look")


class Nobody(HttpUser):
    weight = 0

    @task
    def never(self):
        raise AssertionError("a class of weight 0 gets no users")
