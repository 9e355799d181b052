"""A request that takes longer than it may."""

from _trace import print

from locust import HttpUser, constant, task
from locust.exception import StopUser


class Http(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        response = self.client.get("/slow/1000", timeout=0.2, name="slow")
        print("TRACE http", response.status_code)
        self.client.get("/ok", timeout=5)
        self.client.get("/ok", timeout=(1, 5), name="pair")
        raise StopUser
