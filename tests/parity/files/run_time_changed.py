"""A listener of init that sets for how long the run lasts."""

from _trace import print

from locust import HttpUser, constant, events, task

PARITY = {"options": ["-t", "25", "-u", "1"], "exact": False}


@events.init.add_listener
def shorter(environment, **_):
    environment.parsed_options.run_time = 2


@events.test_stop.add_listener
def stopped(environment, **_):
    print("TRACE stopped")


class Http(HttpUser):
    wait_time = constant(0.2)

    @task
    def get(self):
        self.client.get("/ok")
