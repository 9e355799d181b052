"""An option that nobody knows."""

from locust import HttpUser, task

PARITY = {"options": ["-t", "1", "--no-such-option"], "processes": [1]}


class Own(HttpUser):
    @task
    def once(self):
        self.client.get("/ok")
