"""Two waves, a morning and an evening peak, from a formula."""
import math
import os

from locust import HttpUser, LoadTestShape, constant, task

SECONDS = int(os.environ["SHOP_SECONDS"])


class Visitor(HttpUser):
    wait_time = constant(0.2)

    @task
    def index(self):
        self.client.get("/")


class DoubleWave(LoadTestShape):
    min_users = 2
    peak_one_users = 10
    peak_two_users = 6
    time_limit = SECONDS

    def tick(self):
        at = round(self.get_run_time())
        if at >= self.time_limit:
            return None
        users = (
            (self.peak_one_users - self.min_users) * math.e ** -(((at / (self.time_limit / 10 * 2 / 3)) - 5) ** 2)
            + (self.peak_two_users - self.min_users) * math.e ** -(((at / (self.time_limit / 10 * 2 / 3)) - 10) ** 2)
            + self.min_users
        )
        return round(users), round(users)
