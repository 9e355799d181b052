"""Requests that are made where there is no user: in test_start and test_stop."""

from _trace import print

import os

from locust import HttpUser, constant, events, task
from locust.clients import HttpSession
from locust.exception import StopUser

PARITY = {"processes": [1]}


@events.test_start.add_listener
def before(environment, **kwargs):
    client = HttpSession(base_url=os.environ["PARITY_URL"], request_event=environment.events.request, user=None)
    print("TRACE before", client.get("/ok", name="before").status_code)


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        self.client.get("/ok")
        raise StopUser
