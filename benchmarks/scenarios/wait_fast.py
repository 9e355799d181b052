"""One GET a second per user: FastHttpUser."""

from locust import FastHttpUser, constant, task


class Visitor(FastHttpUser):
    wait_time = constant(1)

    @task
    def get(self) -> None:
        self.client.get("/", name="get")
