"""What several scenarios share: accounts, a base user that signs in, small helpers."""
import csv
import itertools
import random
from pathlib import Path

from locust import HttpUser, between

ACCOUNTS = list(csv.DictReader((Path(__file__).parent / "_accounts.csv").open()))
_next_account = itertools.cycle(ACCOUNTS)


def account():
    return next(_next_account)


class SignedIn(HttpUser):
    """Signs in when it starts and sends its token with every request."""

    abstract = True
    wait_time = between(0.05, 0.2)

    def on_start(self):
        self.account = account()
        self.sign_in()

    def sign_in(self):
        answer = self.client.post("/login", json={"user": self.account["user"], "password": self.account["password"]})
        answer.raise_for_status()
        self.tokens = answer.json()
        self.client.headers["Authorization"] = f"Bearer {self.tokens['token']}"


class PriceMixin:
    def some_item(self):
        return random.randint(1, 50)
