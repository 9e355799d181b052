"""--equal-weights."""

from locust import HttpUser, constant, task

PARITY = {"options": ["-u", "4", "-r", "100", "-t", "2", "--equal-weights"]}


class First(HttpUser):
    weight = 10
    wait_time = constant(10)

    @task
    def once(self):
        self.client.get("/ok", name="first")


class Second(HttpUser):
    wait_time = constant(10)

    @task
    def once(self):
        self.client.get("/ok", name="second")
