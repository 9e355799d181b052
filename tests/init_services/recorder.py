"""Records what a browser does in the checkout, as Chrome saves it: `python -m tests.init_services.recorder > FILE.har`."""

from __future__ import annotations

import json
import re
import sys
from typing import Any
from urllib.parse import parse_qsl

import httpx

from tests.init_services.checkout import PASSWORD, USER
from tests.init_services.trial import serving

_NOISE = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64)", "sec-ch-ua-platform": '"Linux"', "x-client-data": "CJW2yQE="}


class Browser:
    """A client whose exchanges are kept as entries of a HAR."""

    def __init__(self, url: str) -> None:
        self.entries: list[dict[str, Any]] = []
        self._client = httpx.Client(base_url=url, headers=_NOISE, event_hooks={"response": [self._keep]})

    def request(self, method: str, path: str, kind: str = "fetch", **options: Any) -> httpx.Response:
        """Send a request and follow redirects, each kept by itself."""
        self._kind = kind
        answer = self._client.request(method, path, **options)
        while answer.next_request is not None:
            answer = self._client.send(answer.next_request)
        return answer

    def _keep(self, answer: httpx.Response) -> None:
        answer.read()
        request = answer.request
        sent = request.content.decode()
        posted = {"mimeType": request.headers.get("content-type", ""), "text": sent} if sent else None
        if posted and "urlencoded" in posted["mimeType"]:
            posted["params"] = [{"name": name, "value": value} for name, value in parse_qsl(sent)]
        self.entries.append(
            {
                "_resourceType": self._kind,
                "startedDateTime": "2026-11-27T10:00:00.000Z",
                "time": 5,
                "request": {
                    "method": request.method,
                    "url": str(request.url),
                    "httpVersion": "http/1.1",
                    "headers": [{"name": name, "value": value} for name, value in request.headers.items()],
                    "queryString": [{"name": name, "value": value} for name, value in request.url.params.multi_items()],
                    **({"postData": posted} if posted else {}),
                },
                "response": {
                    "status": answer.status_code,
                    "statusText": answer.reason_phrase,
                    "headers": [{"name": name, "value": value} for name, value in answer.headers.multi_items()],
                    "content": {"mimeType": answer.headers.get("content-type", ""), "text": answer.text},
                    "redirectURL": answer.headers.get("location", ""),
                },
            }
        )


def record(url: str) -> dict[str, Any]:
    """Somebody logs in, looks for a lamp, buys it and writes a review."""
    browser = Browser(url)
    browser.request("GET", "/", "document")
    browser.request("GET", "/static/shop.css", "stylesheet")
    browser.request("GET", "/static/app.3f2a.js", "script")
    page = browser.request("GET", "/login", "document").text
    csrf = re.findall(r'value="(\w+)"', page)[0]
    browser.request("POST", "/login", "document", data={"_csrf": csrf, "email": USER, "password": PASSWORD})
    browser.request("GET", "/static/logo.png", "image")
    browser.request("GET", "/api/products", params={"q": "lamp", "page": 1}, headers={"Authorization": "Bearer old"})
    token = browser.request("GET", "/api/session").json()["data"]["accessToken"]
    known = {"Authorization": f"Bearer {token}"}
    found = browser.request("GET", "/api/products", params={"q": "lamp", "page": 1}, headers=known).json()["items"]
    browser.request("GET", f"/api/products/{found[0]['id']}", headers=known)
    known["X-CSRF-Token"] = csrf
    cart = browser.request("POST", "/api/carts", headers=known).json()["id"]
    browser.request("POST", f"/api/carts/{cart}/lines", headers=known, json={"product_id": found[0]["id"], "cart": cart})
    address = {"street": "Main Street 1", "city": "Berlin"}
    order = browser.request("POST", "/api/orders", headers=known, json={"cart_id": cart, "address": address}).json()
    browser.request("GET", f"/orders/{order['order']['number']}", "document")
    review = browser.request("POST", "/reviews", "document", data={"text": "It shines & I like it."}).url.path
    browser.request("POST", f"{review}/publish")
    return {"log": {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}, "entries": browser.entries}}


def main() -> None:
    with serving("checkout") as url:
        text = json.dumps(record(url), indent=1).replace(url, "https://shop.example.com")
    elsewhere = json.loads(text)
    beacon = json.loads(
        json.dumps(elsewhere["log"]["entries"][0]).replace("https://shop.example.com", "https://stats.other.net")
    )
    elsewhere["log"]["entries"].insert(3, beacon)
    sys.stdout.write(json.dumps(elsewhere, indent=1) + "\n")


if __name__ == "__main__":
    main()
