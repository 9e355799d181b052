# ruff: noqa: RUF012
"""A sequence of steps, one of them repeated, one of them a task set."""

from locust import HttpUser, SequentialTaskSet, TaskSet, constant, task


class Payment(TaskSet):
    @task
    def pay(self):
        self.client.post("/echo", json={"amount": 12.5}, name="3 pay")
        self.interrupt()


class Order(SequentialTaskSet):
    steps = 0

    @task
    def look(self):
        self.client.get("/ok", name="1 look")
        self.steps = 1

    @task(2)
    def put_in_basket(self):
        assert self.steps in (1, 2)
        self.steps += 1
        self.client.post("/echo", data={"item": "7"}, name="2 basket")

    tasks = [Payment]

    @task
    def done(self):
        assert self.steps == 3
        self.client.get("/ok", name="4 done")


class Customer(HttpUser):
    wait_time = constant(0.01)
    tasks = {Order: 1}
