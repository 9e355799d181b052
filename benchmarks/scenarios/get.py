"""One GET in a Python task, without a wait: HttpUser."""

from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def get(self) -> None:
        self.client.get("/", name="get")
