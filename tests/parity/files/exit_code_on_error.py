"""--exit-code-on-error."""

from locust import HttpUser, constant, task
from locust.exception import StopUser

PARITY = {"options": ["-t", "2", "--exit-code-on-error", "9"]}


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        self.client.get("/status/500")
        raise StopUser
