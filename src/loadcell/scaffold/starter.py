"""The scenario to begin with where nothing is known of the service."""

from __future__ import annotations

from loadcell.scaffold.python_code import quoted

_SOURCE = '''"""A scenario to begin with: put in what your users do.

Run it with: loadcell -f {file} -H {host}
"""

from loadcell import HttpUser, between, task


class Visitor(HttpUser):
    """One user; -u says how many there are. Each has its own connections and cookies."""

    # Without -H this is the service. Never load one that others depend on.
    host = {quoted_host}
    # A user waits 1 to 5 s between two tasks, as people do.
    wait_time = between(1, 5)

    # What a user does first, and once.
    #
    # def on_start(self) -> None:
    #     user = {{"username": "anna", "password": os.environ["API_PASSWORD"]}}
    #     response = self.client.post("/login", json=user)
    #     token = response.json()["access_token"]
    #     self.client.headers["Authorization"] = f"Bearer {{token}}"

    @task
    def open_home_page(self) -> None:
        self.client.get("/")

    # Done 5 times as often as a task of weight 1. Read as your users do: what is used
    # most, what is critical, what may be slow. (This needs: import random)
    #
    # @task(5)
    # def look_at_an_item(self) -> None:
    #     item_id = random.randint(1, 100)
    #     # The name puts the requests for all items into one row of the statistics.
    #     self.client.get(f"/items/{{item_id}}", name="/items/{{item_id}}")

    # An answer that is wrong can be counted as a failure, whatever its status.
    #
    # @task
    # def search(self) -> None:
    #     query = {{"q": random.choice(["lamp", "chair"])}}
    #     with self.client.get(
    #         "/search",
    #         params=query,
    #         name="/search",
    #         catch_response=True,
    #     ) as response:
    #         if response.ok and not response.json():
    #             response.failure("nothing was found")
'''


def source(host: str, file: str) -> str:
    """The source of the scenario."""
    address = host or "http://127.0.0.1:8000"
    return _SOURCE.format(file=file, host=address, quoted_host=quoted(address))
