"""--stop-timeout: a task under way is finished, a wait is not."""

from _trace import print

from locust import HttpUser, constant, task

PARITY = {"options": ["-t", "1", "-s", "3"], "exact": False}


class Busy(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    def on_stop(self):
        print("TRACE busy on_stop")

    @task
    def long(self):
        self.client.get("/slow/900", name="first half")
        self.client.get("/slow/900", name="second half")
        print("TRACE busy finished")


class Waiting(HttpUser):
    fixed_count = 1
    wait_time = constant(100)

    def on_stop(self):
        print("TRACE waiting on_stop")

    @task
    def short(self):
        self.client.get("/ok", name="short")
