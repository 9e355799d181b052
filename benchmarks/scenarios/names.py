"""Two hundred entries in the statistics."""

import itertools

from locust import HttpUser, constant, task

NUMBERS = itertools.cycle(range(200))


class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def get(self) -> None:
        self.client.get("/ok", name=f"entry {next(NUMBERS)}")
