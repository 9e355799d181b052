"""--config-users changes user classes."""

from locust import HttpUser, constant, task

PARITY = {"options": ["-u", "4", "-r", "100", "-t", "2", "--config-users", '{"user_class_name": "Second", "weight": 3}']}


class First(HttpUser):
    wait_time = constant(10)

    @task
    def once(self):
        self.client.get("/ok", name="first")


class Second(HttpUser):
    wait_time = constant(10)

    @task
    def once(self):
        self.client.get("/ok", name="second")
