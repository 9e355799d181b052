"""So many tasks a second, whatever they take."""
from locust import HttpUser, constant_pacing, constant_throughput, task


class Paced(HttpUser):
    wait_time = constant_pacing(0.25)

    @task
    def index(self):
        self.client.get("/", name="paced")


class Throttled(HttpUser):
    wait_time = constant_throughput(5)

    @task
    def index(self):
        self.client.get("/", name="throttled")
