"""The load, 300 requests a second: each path in turn, with numbers that don't come back soon."""

import itertools
import time

from loadcell import FastHttpUser, constant_throughput, task

PATHS = ("/empty", "/wait", "/statement/{}", "/call/{}", "/missing", "/block", "/stamped", "/empty")
turns = itertools.count()


class Caller(FastHttpUser):
    wait_time = constant_throughput(300 / 16)

    @task
    def call(self) -> None:
        turn = next(turns)
        path = PATHS[turn % len(PATHS)].format(turn % 5000)
        headers = {"X-Request-Start": f"t={time.monotonic_ns()}"} if path == "/stamped" else {}
        with self.client.get(path, name=path.split("/")[1], headers=headers, catch_response=True) as response:
            response.success()
