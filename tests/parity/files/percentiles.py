"""The percentiles of the CSV files as the scenario wants them."""

from _trace import print

import locust.stats
from locust import HttpUser, constant, events, task
from locust.exception import StopUser

locust.stats.PERCENTILES_TO_REPORT = [0.5, 0.95, 0.999]
locust.stats.CONSOLE_STATS_INTERVAL_SEC = 1


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        self.client.get("/ok")
        raise StopUser


@events.quit.add_listener
def columns(exit_code):
    print("TRACE", "code", exit_code)


PARITY = {"processes": [1]}
