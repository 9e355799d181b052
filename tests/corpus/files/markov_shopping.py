"""Shopping as a chain: what comes next depends on where one is."""
from locust import HttpUser, MarkovTaskSet, between, transition, transitions


class Shopping(MarkovTaskSet):
    def on_start(self):
        self.client.post("/login", json={"user": "anna", "password": "anna-pw"})

    @transition("items")
    def index(self):
        self.client.get("/")

    @transitions({"items": 3, "cart": 2, "index": 1})
    def items(self):
        self.client.get("/items")

    @transitions([("checkout", 1), ("items", 2)])
    def cart(self):
        self.client.post("/cart", json={"id": 1})

    @transition("index")
    def checkout(self):
        self.client.post("/checkout")


class Shopper(HttpUser):
    wait_time = between(0.02, 0.05)
    tasks = [Shopping]
