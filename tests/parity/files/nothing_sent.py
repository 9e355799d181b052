"""A run in which nothing is requested."""

from locust import User, constant, task

PARITY = {"options": ["-t", "1"]}


class Own(User):
    fixed_count = 1
    wait_time = constant(0.5)

    @task
    def nothing(self):
        pass
