"""A client of another protocol that fires the request event itself, and EventHook.measure."""

import time

from locust import User, constant, task
from locust.exception import StopUser


class Client:
    def __init__(self, event):
        self.event = event

    def call(self, name, fails=False):
        started = time.perf_counter()
        error = ValueError("refused") if fails else None
        self.event.fire(
            request_type="rpc",
            name=name,
            response_time=(time.perf_counter() - started) * 1000,
            response_length=4,
            response=None,
            context={},
            exception=error,
        )


class Own(User):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        client = Client(self.environment.events.request)
        client.call("good")
        client.call("bad", fails=True)
        self.environment.events.request.fire(request_type="push", name="untimed", response_time=None, response_length=0)
        self.environment.events.request.fire(
            request_type="x", name="text", response_time=1, response_length=0, exception="as text"
        )
        with self.environment.events.request.measure("timed", "block") as meta:
            meta["response_length"] = 7
        with self.environment.events.request.measure("timed", "failing block"):
            raise KeyError("inside")
        raise StopUser
