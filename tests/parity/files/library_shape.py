"""Locust as a library: a shape, a change of load by hand, and a second test with the same runner."""

from _trace import print

import os

import gevent
from locust import HttpUser, constant, task
from locust.env import Environment

PARITY = {"script": True, "processes": [1]}


class Own(HttpUser):
    host = os.environ["PARITY_URL"]
    wait_time = constant(10)

    @task
    def once(self):
        self.client.get("/ok")


environment = Environment(user_classes=[Own])
runner = environment.create_local_runner()
runner.start(2, spawn_rate=100)
gevent.sleep(0.6)
print("TRACE users", runner.user_count, runner.state)
runner.start(4, spawn_rate=100)
gevent.sleep(0.6)
print("TRACE users", runner.user_count, runner.state)
runner.start(1, spawn_rate=100)
gevent.sleep(0.6)
print("TRACE users", runner.user_count, runner.state)
runner.stop()
print("TRACE total", environment.stats.total.num_requests, runner.user_count, runner.state)
runner.start(2, spawn_rate=100)
gevent.sleep(0.6)
print("TRACE total", environment.stats.total.num_requests, runner.user_count, runner.state)
runner.quit()
