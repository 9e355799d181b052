"""Without a stop timeout the request under way is given up."""

from _trace import print

from locust import HttpUser, constant, task

PARITY = {"options": ["-t", "1"]}


class Busy(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    def on_stop(self):
        print("TRACE busy on_stop")

    @task
    def long(self):
        self.client.get("/slow/600", name="long")
        print("TRACE busy finished")
