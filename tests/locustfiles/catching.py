"""The scenario decides what counts as a failure, and under which name."""

from locust import HttpUser, constant, task
from locust.exception import RescheduleTask


class Judge(HttpUser):
    wait_time = constant(0.01)

    @task
    def missing_is_fine(self):
        with self.client.get("/status/404", name="missing", catch_response=True) as response:
            if response.status_code == 404:
                response.success()

    @task
    def fine_is_a_failure(self):
        with self.client.get("/ok", name="wrong", catch_response=True) as response:
            if response.json()["id"] != 2:
                response.failure("id is not 2")
                return
            raise AssertionError("never reached")

    @task
    def renamed(self):
        with self.client.rename_request("by block"):
            self.client.get("/bytes/10?n=1")
            self.client.get("/bytes/10?n=2")
        with self.client.get("/ok", catch_response=True) as response:
            response.request_meta["name"] = "by meta"

    @task
    def given_up(self):
        with self.client.get("/status/500", name="broken", catch_response=True) as response:
            if not response.ok:
                response.failure(f"HTTP {response.status_code}")
                raise RescheduleTask()
