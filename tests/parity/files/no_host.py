"""No host at all."""

from locust import HttpUser, constant, task

PARITY = {"options": ["-t", "1"], "host": False, "processes": [1]}


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0.5)

    @task
    def once(self):
        self.client.get("/ok")
