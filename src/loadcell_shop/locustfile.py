"""Customers of the example shop: most of them look around, some look at their orders, a few order something."""

import random

from loadcell import HttpUser, between, task


class Customer(HttpUser):
    """One of 5,000 customers, logged in from start to end."""

    wait_time = between(1, 3)

    def on_start(self) -> None:
        # Were they all the same one, its orders would pile up, and looking at them would take longer from run to run.
        name = f"customer_{random.randint(2, 5000)}"
        response = self.client.post("/login", json={"username": name, "password": "password"})
        self.client.headers["Authorization"] = f"Bearer {response.json()['access_token']}"

    @task(10)
    def look_at_an_item(self) -> None:
        item = random.randint(1, 1000)
        self.client.get(f"/items/{item}", name="/items/[id]")

    @task(3)
    def look_at_my_orders(self) -> None:
        with self.client.get("/orders?limit=5", name="/orders", catch_response=True) as response:
            if response.ok and len(response.json()) > 5:
                response.failure("more orders than were asked for")

    @task(1)
    def order_something(self) -> None:
        lines = [{"item_id": random.randint(1, 1000), "quantity": random.randint(1, 3)} for _ in range(2)]
        self.client.post("/orders", json={"lines": lines})
