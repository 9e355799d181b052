"""HttpUser: which statuses fail, and with which text."""

from locust import HttpUser, constant, task
from locust.exception import StopUser


class Failures(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        for status in (200, 201, 204, 299, 300, 305, 400, 401, 404, 418, 500, 503, 599):
            self.client.get(f"/status/{status}")
        self.client.get("/status/404", name="renamed")
        raise StopUser
