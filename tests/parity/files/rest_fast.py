"""rest: JSON headers, js, assertions and other exceptions as failures."""

from _trace import print

from locust import FastHttpUser, constant, task
from locust.exception import StopUser


class Rest(FastHttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        with self.rest("GET", "/json") as response:
            print("TRACE user", response.js)
        with self.rest("POST", "/echo", json={"a": 1}) as response:
            print("TRACE user", response.js["headers"]["Accept"], response.js["headers"]["Content-Type"])
        with self.rest("GET", "/ok", name="no json") as response:
            print("TRACE user", response.js)
        with self.rest("GET", "/json", name="assertion") as response:
            assert response.js["id"] == 8, "wrong id"
        with self.rest("GET", "/json", name="assertion with body") as response:
            assert response.js["id"] == 8, "wrong id,"
        with self.rest("GET", "/json", name="bare assertion") as response:
            assert response.js["id"] == 8
        with self.rest("GET", "/status/500", name="status"):
            pass
        with self.rest_("GET", "/json") as response:
            print("TRACE user", response.js["id"])
        with self.rest_("GET", "/json?x=1") as response:
            response.failure("by hand")
        raise StopUser
