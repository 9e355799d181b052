"""A service that closes the connection without an answer."""

from _trace import print

from locust import HttpUser, constant, task
from locust.exception import StopUser


class Http(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        response = self.client.get("/hangup")
        print("TRACE http", response.status_code, response.content)
        raise StopUser
