# ruff: noqa: RUF012
"""The fast client under its old import."""

import json

from locust import constant, task
from locust.contrib.fasthttp import FastHttpUser


class Quick(FastHttpUser):
    wait_time = constant(0.01)
    network_timeout = 5.0
    connection_timeout = 5.0
    default_headers = {"X-Fast": "yes"}

    @task
    def look(self):
        answer = self.client.get("/echo", name="look")
        assert answer.status_code == 200
        assert dict(answer.json()["headers"])["X-Fast"] == "yes"

    @task
    def post(self):
        with self.client.post("/echo", json={"a": [1, 2]}, catch_response=True, name="post") as answer:
            if json.loads(answer.json()["body"]) != {"a": [1, 2]}:
                answer.failure("the body did not arrive")

    @task
    def rest(self):
        with self.client.get("/status/404", catch_response=True, name="missing") as answer:
            if answer.status_code == 404:
                answer.success()
