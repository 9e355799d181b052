"""Bodies and headers as the service sees them."""

from locust import HttpUser, constant, task
from locust.exception import StopUser


class Bodies(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    def show(self, response):
        found = response.json()
        print(
            "TRACE user", found["method"], found["query"], found["body"].replace(" ", ""), found["headers"]["Content-Type"]
        )

    @task
    def all(self):
        self.show(self.client.post("/echo", json={"a": [1, 2]}))
        self.show(self.client.post("/echo", data={"a": "1", "b": "x y"}))
        self.show(self.client.post("/echo", {"form": "first"}))
        self.show(self.client.post("/echo", "plain text"))
        self.show(self.client.put("/echo", data=b"bytes"))
        self.show(self.client.get("/echo", params={"q": "a b", "n": 1}))
        self.show(self.client.post("/echo", files={"file": ("a.txt", b"hello"), "other": ("b.txt", b"x")}))
        self.show(self.client.post("/echo", data="{}", headers={"Content-Type": "application/json"}))
        raise StopUser
