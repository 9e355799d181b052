"""The request event: exactly which keywords it has, for both clients."""

from _trace import print

from locust import FastHttpUser, HttpUser, constant, events, task
from locust.exception import StopUser


@events.request.add_listener
def heard(request_type, name, response_time, response_length, response, context, exception, start_time, url):
    path = url[url.index("/", 9) :]
    print(
        "TRACE",
        context["who"],
        request_type,
        name,
        response_time > 0,
        response_length,
        response.status_code,
        type(exception).__name__,
        start_time > 1e9,
        path,
        context,
    )


@events.request.add_listener
def keywords(**kwargs):
    print("TRACE", kwargs["context"]["who"], sorted(kwargs))


class Http(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    def context(self):
        return {"who": "http", "more": 1}

    @task
    def all(self):
        self.client.get("/ok")
        self.client.get("/status/404", context={"more": 2})
        self.client.get("/redirect/2", name="redirected")
        self.client.post("/ok", data="x", context={"own": "y"})
        raise StopUser


class Fast(FastHttpUser):
    fixed_count = 1
    wait_time = constant(0)

    def context(self):
        return {"who": "fast"}

    @task
    def all(self):
        self.client.get("/ok")
        self.client.get("/status/404", context={"more": 2})
        self.client.get("/bytes/1000")
        raise StopUser
