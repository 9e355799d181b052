"""One GET a second per user: HttpUser."""

from locust import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(1)

    @task
    def get(self) -> None:
        self.client.get("/", name="get")
