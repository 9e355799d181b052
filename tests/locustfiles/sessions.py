"""Users who log in, keep a token and a cookie, and log out."""

import json

from locust import HttpUser, constant, task


class Member(HttpUser):
    wait_time = constant(0.01)

    def on_start(self):
        answer = self.client.get("/set-cookie?session=abc", name="log in")
        assert answer.cookies["session"] == "abc"
        self.client.headers["Authorization"] = "Bearer token"
        self.client.headers.update({"X-Client": "loadtest"})

    def on_stop(self):
        self.client.delete("/echo", name="log out")

    @task
    def who_am_i(self):
        headers = dict(self.client.get("/echo", name="me").json()["headers"])
        assert headers["Authorization"] == "Bearer token"
        assert headers["X-Client"] == "loadtest"
        assert headers["Cookie"] == "session=abc"

    @task
    def change(self):
        answer = self.client.put("/echo", json={"name": "Käthe"}, headers={"X-Once": "1"}, name="change")
        assert json.loads(answer.json()["body"]) == {"name": "Käthe"}
        assert answer.request.method == "PUT"
        self.client.patch("/echo", data=b"raw", params={"a": 1}, name="patch")
        self.client.head("/ok", name="head")
        self.client.options("/ok", name="options")
