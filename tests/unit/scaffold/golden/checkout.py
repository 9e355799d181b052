"""The way through https://shop.example.com that checkout.har has recorded.

Run it with: loadcell -f locustfile.py, with API_USERNAME and API_PASSWORD in the
environment
"""

import html
import os
import re

from loadcell import HttpUser, between, task

USERNAME = os.environ["API_USERNAME"]
PASSWORD = os.environ["API_PASSWORD"]


def field(page: str, name: str) -> str:
    """The value of a form's field, or of a meta tag."""
    attribute = r"([\w-]+)\s*=\s*([\"']?)(.*?)\2(?=[\s/>])"
    for tag in re.findall(r"<(?:input|meta)\b[^>]*>", page):
        found = {key: value for key, _, value in re.findall(attribute, tag)}
        if found.get("name") == name:
            return html.unescape(found.get("value") or found.get("content") or "")
    return ""


class ShopUser(HttpUser):
    host = "https://shop.example.com"
    wait_time = between(1, 5)

    def on_start(self) -> None:
        self.csrf_token = ""
        self.log_in()

    def log_in(self) -> None:
        self.client.get("/")
        response = self.client.get("/login")
        if not response.ok:
            return
        self.csrf_token = field(response.text, "_csrf")

        self.client.post(
            "/login",
            data={"_csrf": self.csrf_token, "email": USERNAME, "password": PASSWORD},
        )

    @task
    def go_through(self) -> None:
        response = self.client.get("/api/session")
        if not response.ok:
            return
        token = response.json()["data"]["accessToken"]
        self.client.headers["Authorization"] = f"Bearer {token}"

        response = self.client.get(
            "/api/products",
            params={"q": "lamp", "page": "1"},
            name="/api/products",
        )
        if not response.ok:
            return
        product_id = response.json()["items"][0]["id"]

        self.client.get(
            f"/api/products/{product_id}",
            name="/api/products/{product_id}",
        )
        response = self.client.post(
            "/api/carts",
            headers={"X-Csrf-Token": self.csrf_token},
        )
        if not response.ok:
            return
        cart_id = response.json()["id"]

        self.client.post(
            f"/api/carts/{cart_id}/lines",
            json={"product_id": product_id, "cart": cart_id},
            headers={"X-Csrf-Token": self.csrf_token},
            name="/api/carts/{cart_id}/lines",
        )
        response = self.client.post(
            "/api/orders",
            json={
                "cart_id": cart_id,
                "address": {"street": "Main Street 1", "city": "Berlin"},
            },
            headers={"X-Csrf-Token": self.csrf_token},
        )
        if not response.ok:
            return
        number = response.json()["order"]["number"]

        self.client.get(f"/orders/{number}", name="/orders/{number}")
        response = self.client.post("/reviews", data={"text": "It shines & I like it."})
        if not response.ok:
            return
        review_id = response.url.split("/")[4]

        self.client.post(
            f"/reviews/{review_id}/publish",
            name="/reviews/{review_id}/publish",
        )
