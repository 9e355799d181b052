"""success() and failure() without catch_response, and a with-block without it."""

from _trace import print

from locust import FastHttpUser, HttpUser, constant, task
from locust.exception import LocustError, StopUser


class Http(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        try:
            self.client.get("/ok").success()
        except LocustError as error:
            print("TRACE http", type(error).__name__)
        try:
            with self.client.get("/ok"):
                print("TRACE http inside")
        except LocustError as error:
            print("TRACE http", type(error).__name__)
        raise StopUser


class Fast(FastHttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        with self.client.get("/ok"):
            print("TRACE fast inside")
        raise StopUser

PARITY = {"processes": [1]}
