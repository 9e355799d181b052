"""catch_response: who decides, when it is reported, what is not reported at all."""

from _trace import print

from locust import FastHttpUser, constant, task
from locust.exception import ResponseError, StopUser


class Catching(FastHttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        get = self.client.get
        with get("/status/404", catch_response=True, name="saved") as response:
            response.success()
        with get("/ok", catch_response=True, name="spoiled") as response:
            response.failure("spoiled by hand")
        with get("/ok", catch_response=True, name="spoiled by exception") as response:
            response.failure(ValueError("an exception"))
        with get("/ok", catch_response=True, name="last call wins") as response:
            response.failure("first")
            response.success()
        with get("/status/500", catch_response=True, name="left to the status"):
            pass
        with get("/ok", catch_response=True, name="response error"):
            raise ResponseError("swallowed")
        try:
            with get("/ok", catch_response=True, name="never reported"):
                raise ValueError("leaves the block")
        except ValueError as error:
            print("TRACE user", error)
        try:
            with get("/ok", catch_response=True, name="reported though it raises") as response:
                response.failure("before")
                raise ValueError("leaves the block, too")
        except ValueError as error:
            print("TRACE user", error)
        get("/ok", catch_response=True, name="without with")
        with get("/ok", catch_response=True, name="before") as response:
            response.request_meta["name"] = "after"
        raise StopUser
