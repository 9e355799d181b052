"""run_single_user in a script."""

from _trace import print

import os

from locust import HttpUser, constant, events, run_single_user, task
from locust.exception import StopUser

PARITY = {"script": True, "processes": [1]}


@events.init.add_listener
def init(environment, runner, web_ui):
    print("TRACE hooks init", runner, web_ui)


@events.test_start.add_listener
def start(environment):
    print("TRACE hooks test_start")


class Own(HttpUser):
    host = os.environ["PARITY_URL"]
    wait_time = constant(0)

    def on_stop(self):
        print("TRACE hooks on_stop")

    @task
    def once(self):
        print("TRACE user", self.client.get("/ok").text)
        raise StopUser


if __name__ == "__main__":
    run_single_user(Own)
    run_single_user(Own)
