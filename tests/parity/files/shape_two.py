"""A shape with pairs only, an abstract base, and its own attributes."""

from _trace import print

from locust import HttpUser, LoadTestShape, constant, events, task

PARITY = {"options": ["-u", "1"], "exact": False, "unordered": True}


class Buyer(HttpUser):
    wait_time = constant(0.1)

    @task
    def buy(self):
        self.client.get("/ok", name="buy")


class Base(LoadTestShape):
    abstract = True
    stages = []

    def tick(self):
        for until, users in self.stages:
            if self.get_run_time() < until:
                return users, users
        return None


class Waves(Base):
    stages = [(1.5, 4), (3.5, 1)]


@events.init.add_listener
def loaded(environment, **kwargs):
    print("TRACE shape", type(environment.shape_class).__name__)


@events.spawning_complete.add_listener
def complete(user_count):
    print("TRACE users", user_count)
