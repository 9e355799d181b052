"""One GET in a Python task, without a wait: FastHttpUser."""

from locust import FastHttpUser, task


class Visitor(FastHttpUser):
    @task
    def get(self) -> None:
        self.client.get("/", name="get")
