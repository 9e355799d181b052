"""Basic authentication: a pair, the session's, the URL's, and a token in a header."""

from _trace import print

from locust import FastHttpUser, HttpUser, constant, task
from locust.exception import StopUser


class Http(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        self.client.get("/basic", name="without")
        self.client.get("/basic", auth=("a", "b"), name="pair")
        self.client.auth = ("a", "b")
        self.client.get("/basic", name="session")
        self.client.auth = None
        self.client.headers.update({"Authorization": "Bearer t"})
        print("TRACE http", self.client.get("/echo").json()["headers"]["Authorization"])
        del self.client.headers["Authorization"]
        print("TRACE http", self.client.get("/echo").json()["headers"]["Authorization"])
        raise StopUser


class Fast(FastHttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        self.client.get("/basic", auth=("a", "b"), name="fast pair")
        self.client.get("/basic", headers={"Authorization": "Basic YTpi"}, name="fast header")
        raise StopUser
