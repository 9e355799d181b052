"""A listener of requests that raises: logged, and the exit code tells."""

from locust import HttpUser, constant, events, task
from locust.exception import StopUser


@events.request.add_listener
def broken(**kwargs):
    raise ValueError("in a listener")


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        self.client.get("/ok")
        raise StopUser


PARITY = {"processes": [1]}
