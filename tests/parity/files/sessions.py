"""A session of its own for a second host."""

import os

from locust import HttpUser, constant, task
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastHttpSession
from locust.exception import StopUser

URL = os.environ["PARITY_URL"]


class Http(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    def on_start(self):
        self.other = HttpSession(base_url=URL, request_event=self.client.request_event, user=self)
        self.fast = FastHttpSession(base_url=URL, request_event=self.client.request_event, user=self)

    @task
    def all(self):
        self.client.get("/ok", name="own")
        self.other.get("/ok", name="other")
        self.other.get("/status/404", name="other fails")
        self.fast.get("/ok", name="fast")
        raise StopUser
