"""A user class that the file does not have."""

from locust import HttpUser, task

PARITY = {"options": ["-t", "1", "Missing"], "processes": [1]}


class Own(HttpUser):
    @task
    def once(self):
        self.client.get("/ok")
