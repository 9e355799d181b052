"""context() of the user and context= of a request, after the fact as well."""

from _trace import print

from locust import HttpUser, constant, events, task
from locust.exception import StopUser


@events.request.add_listener
def heard(context, name, **kwargs):
    print("TRACE context", name, sorted(context.items()))


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    def context(self):
        return {"user": 1, "shared": "user"}

    @task
    def all(self):
        self.client.get("/ok", name="plain")
        self.client.get("/ok", name="own", context={"shared": "request"})
        with self.client.get("/ok", name="changed", catch_response=True, context={"a": 1}) as response:
            response.request_meta["context"] = {"b": 2}
        raise StopUser
