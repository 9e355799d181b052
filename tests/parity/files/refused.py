"""Connections that nobody accepts: no exception, a response without an answer, a failure."""

from _trace import print

from locust import FastHttpUser, HttpUser, constant, task
from locust.exception import StopUser

PARITY = {"processes": [1]}


class Http(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        self.client.get("/ok")
        response = self.client.get("http://127.0.0.1:9/x", name="nobody")
        print("TRACE http", response.status_code, response.content, response.error is not None)
        with self.client.get("http://127.0.0.1:9/x", name="caught", catch_response=True) as response:
            print("TRACE http", response.status_code)
            response.failure("nobody there")
        try:
            self.client.get("http://127.0.0.1:9/x", name="raised").raise_for_status()
        except Exception as error:
            print("TRACE http", isinstance(error, OSError))
        raise StopUser


class Fast(FastHttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        response = self.client.get("http://127.0.0.1:9/x", name="fast nobody")
        print("TRACE fast", response.status_code, response.content, response.text)
        raise StopUser
