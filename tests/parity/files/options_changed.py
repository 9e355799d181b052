"""A listener of init that sets how many users there are."""

from _trace import print

from locust import HttpUser, constant, events, task

PARITY = {"options": ["-t", "3", "-u", "1"], "exact": False}


@events.init.add_listener
def more(environment, **_):
    environment.parsed_options.num_users = 6
    environment.parsed_options.spawn_rate = 100


@events.test_stop.add_listener
def count(environment, **_):
    if environment.runner.target_user_count == 6:
        print("TRACE users six")


class Http(HttpUser):
    wait_time = constant(0.2)

    def on_start(self):
        self.client.get("/ok", name="start")

    @task
    def get(self):
        self.client.get("/ok")
