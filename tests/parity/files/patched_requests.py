"""Files that use requests beside Locust: exceptions, authentication, sessions of their own."""

from _trace import print

import os

import requests
from locust import HttpUser, constant, events, task
from locust.exception import StopUser
from requests.auth import HTTPBasicAuth

PARITY = {"processes": [1]}


@events.test_start.add_listener
def fetch(environment, **kwargs):
    print("TRACE start", requests.get(os.environ["PARITY_URL"] + "/ok", timeout=5).text)


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        self.client.get("/basic", auth=HTTPBasicAuth("a", "b"))
        try:
            self.client.get("/status/404").raise_for_status()
        except requests.exceptions.HTTPError as error:
            print("TRACE user", type(error).__name__, error.response.status_code)
        try:
            self.client.get("http://127.0.0.1:9/", name="nobody").raise_for_status()
        except requests.exceptions.RequestException:
            print("TRACE user request exception")
        try:
            self.client.get("/ok").json()
        except requests.exceptions.JSONDecodeError:
            print("TRACE user json")
        try:
            self.client.get("nothing://x")
        except requests.exceptions.RequestException as error:
            print("TRACE user", isinstance(error, ValueError))
        raise StopUser
