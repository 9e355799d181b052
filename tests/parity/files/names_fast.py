"""FastHttpUser: default names, names given, names of absolute URLs and of parameters."""

from locust import FastHttpUser, constant, task
from locust.exception import StopUser


class Names(FastHttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        self.client.get("/ok")
        self.client.get("/ok?a=1")
        self.client.get("/ok", params={"b": 2})
        self.client.get("/ok", name="named")
        self.client.get(self.host + "/ok?abs=1")
        self.client.get(url="/ok", name=None)
        with self.client.rename_request("renamed"):
            self.client.get("/ok")
            self.client.get("/ok", name="explicit")
        self.client.get("/ok")
        self.client.request_name = "set"
        self.client.get("/ok")
        self.client.request_name = None
        self.client.request("GET", "/ok")
        raise StopUser
