"""sys.exit() in a task ends the run with its code."""

import sys

from locust import HttpUser, constant, task

PARITY = {"options": ["-t", "20"], "processes": [1], "exact": False}


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(1.3)

    @task
    def once(self):
        self.client.get("/ok")
        if getattr(self, "seen", False):
            sys.exit(5)
        self.seen = True
