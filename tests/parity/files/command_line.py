"""A file that looks at sys.argv itself, while it is loaded and later."""

import sys

from _trace import print

from locust import HttpUser, constant, task
from locust.exception import StopUser

HEADLESS = sys.argv[1:].index("--headless") > 0


class Http(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        print("TRACE argv", HEADLESS, sys.argv[1], sys.argv[sys.argv.index("-H") + 1] == self.host, "-t" in sys.argv)
        self.client.get("/ok")
        raise StopUser
