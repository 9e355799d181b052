"""FastHttpUser: bodies and headers as the service sees them."""

from _trace import print

from locust import FastHttpUser, constant, task
from locust.exception import StopUser


class Bodies(FastHttpUser):
    fixed_count = 1
    wait_time = constant(0)
    default_headers = {"X-Trace": "default"}

    def show(self, response):
        found = response.json()
        print("TRACE user", found["method"], found["query"], found["body"].replace(" ", ""), found["headers"]["X-Trace"])

    @task
    def all(self):
        self.show(self.client.post("/echo", json={"a": [1, 2]}))
        self.show(self.client.post("/echo", data={"a": "1", "b": "x y"}))
        self.show(self.client.post("/echo", "plain text"))
        self.show(self.client.put("/echo", data=b"bytes", headers={"X-Trace": "own"}))
        self.show(self.client.get("/echo", params={"q": "a b", "n": 1}))
        self.show(self.client.request("POST", "/echo", "positional", "data"))
        raise StopUser
