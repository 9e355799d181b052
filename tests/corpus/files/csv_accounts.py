"""Accounts of a CSV file, each user its own, shared out over the processes by worker_index."""
import csv
from pathlib import Path
from queue import Queue

from locust import HttpUser, constant, events, task
from locust.runners import MasterRunner

accounts = Queue()


@events.test_start.add_listener
def load_accounts(environment, **kwargs):
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        return
    rows = list(csv.DictReader((Path(__file__).parent / "_accounts.csv").open()))
    for row in rows[max(0, runner.worker_index) :: 2]:
        accounts.put(row)


class Customer(HttpUser):
    wait_time = constant(0.1)

    def on_start(self):
        self.account = accounts.get_nowait()
        answer = self.client.post("/login", json={"user": self.account["user"], "password": self.account["password"]})
        self.client.headers["Authorization"] = "Bearer " + answer.json()["token"]

    def on_stop(self):
        accounts.put(self.account)

    @task
    def profile(self):
        assert self.client.get("/profile").json()["name"] == self.account["user"]
