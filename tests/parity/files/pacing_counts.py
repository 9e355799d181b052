"""constant_pacing and constant_throughput start tasks at their pace, whatever a task takes."""

from locust import HttpUser, constant_pacing, constant_throughput, task

PARITY = {"options": ["-t", "2"]}


class Paced(HttpUser):
    fixed_count = 1
    wait_time = constant_pacing(0.7)

    @task
    def count(self):
        self.client.get("/slow/100", name="paced")


class Throttled(HttpUser):
    fixed_count = 1
    wait_time = constant_throughput(1 / 0.7)

    @task
    def count(self):
        self.client.get("/slow/50", name="throttled")
