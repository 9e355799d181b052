"""FastHttpUser and its rest()."""
import random

from locust import between, task
from locust.contrib.fasthttp import FastHttpUser


class RestUser(FastHttpUser):
    wait_time = between(0.05, 0.1)
    network_timeout = 10.0
    connection_timeout = 5.0

    @task(3)
    def item(self):
        number = random.randint(1, 9)
        with self.rest("GET", f"/items/{number}", name="/items/[id]") as response:
            assert response.js["price"] == 10 + number, "wrong price"

    @task
    def settings(self):
        with self.rest("PUT", "/settings", json={"theme": "dark"}) as response:
            if response.js != {"theme": "dark"}:
                response.failure("not kept")

    @task
    def flaky(self):
        with self.rest("GET", "/flaky"):
            pass
