"""LoadTestShape: both forms of its answer, and its end."""

from _trace import print

from locust import HttpUser, LoadTestShape, constant, events, task

PARITY = {"options": ["-u", "1"], "exact": False, "unordered": True}


class Buyer(HttpUser):
    wait_time = constant(0.1)

    @task
    def buy(self):
        self.client.get("/ok", name="buy")


class Reader(HttpUser):
    wait_time = constant(0.1)

    @task
    def read(self):
        self.client.get("/ok", name="read")


class Stairs(LoadTestShape):
    def tick(self):
        at = round(self.get_run_time())
        if at < 2:
            return 2, 100, [Buyer]
        return (4, 100, [Reader]) if at < 4 else None


@events.spawning_complete.add_listener
def complete(user_count):
    print("TRACE users", user_count)


@events.test_stop.add_listener
def stopped(environment):
    print("TRACE end", environment.runner.user_count)
