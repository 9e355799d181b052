"""Users that end are not replaced."""

from locust import HttpUser, constant, task
from locust.exception import StopUser

PARITY = {"options": ["-u", "4", "-r", "100", "-t", "2"]}


class Own(HttpUser):
    wait_time = constant(0.05)
    left = 3

    @task
    def count(self):
        self.client.get("/ok")
        self.left -= 1
        if not self.left:
            raise StopUser
