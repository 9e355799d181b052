"""Every method of both clients."""

from locust import FastHttpUser, HttpUser, constant, task
from locust.exception import StopUser


def use(client):
    client.get("/ok")
    client.post("/echo", json={"a": 1})
    client.put("/echo", data="text")
    client.patch("/echo", data=b"bytes")
    client.delete("/ok")
    client.options("/ok")
    client.head("/ok")
    client.request("POST", "/ok")


class Http(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        use(self.client)
        raise StopUser


class Fast(FastHttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        use(self.client)
        raise StopUser
