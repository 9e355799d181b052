"""A listener of requests may steer the user; one of the module goes before the statistics."""

from _trace import print

from locust import HttpUser, constant, events, task
from locust.exception import RescheduleTask, StopUser


@events.request.add_listener
def steer(name, **kwargs):
    if name == "not counted":
        raise RescheduleTask


@events.init.add_listener
def later(environment, **kwargs):
    @environment.events.request.add_listener
    def steer_too(name, **kwargs):
        if name == "counted":
            raise StopUser


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0.1)
    count = 0

    @task
    def once(self):
        self.count += 1
        self.client.get("/ok", name="not counted" if self.count < 3 else "counted")
        print("TRACE user never here")
