"""A host in the class, one that ends in a slash, and one from the command line before both."""

from locust import HttpUser, constant, task
from locust.exception import StopUser


class Own(HttpUser):
    host = "http://127.0.0.1:9/"
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        self.client.get("/ok")
        raise StopUser
