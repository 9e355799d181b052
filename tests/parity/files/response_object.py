"""What a response has, for both clients."""

from _trace import print

from locust import FastHttpUser, HttpUser, constant, task
from locust.exception import StopUser


class Http(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        response = self.client.get("/json")
        print("TRACE http", response.status_code, response.text, response.content, response.json(), response.ok)
        print(
            "TRACE http",
            response.headers["content-type"],
            response.headers.get("missing"),
            response.reason,
            response.encoding,
        )
        print("TRACE http", response.elapsed.total_seconds() >= 0, response.request.method, response.url.rpartition("/")[2])
        print("TRACE http", b"".join(self.client.get("/bytes/10", stream=True).iter_content(4)), bool(response))
        print("TRACE http", [line for line in self.client.get("/ok").iter_lines()])
        try:
            self.client.get("/ok").json()
        except ValueError:
            print("TRACE http no json")
        raise StopUser


class Fast(FastHttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        response = self.client.get("/json")
        print("TRACE fast", response.status_code, response.text, response.content, response.json(), response.ok)
        print("TRACE fast", response.headers["content-type"], response.headers.get("missing"))
        raise StopUser
