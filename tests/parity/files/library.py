"""Locust as a library: an environment, a local runner, an end."""

from _trace import print

import os

import gevent
from locust import HttpUser, constant, task
from locust.env import Environment
from locust.stats import stats_history

PARITY = {"script": True, "processes": [1]}


class Own(HttpUser):
    host = os.environ["PARITY_URL"]
    wait_time = constant(10)

    @task
    def once(self):
        self.client.get("/ok")
        self.client.get("/status/404")


environment = Environment(user_classes=[Own])
runner = environment.create_local_runner()
environment.events.test_start.add_listener(lambda environment: print("TRACE hooks test_start", environment.runner.state))
environment.events.spawning_complete.add_listener(lambda user_count: print("TRACE hooks spawned", user_count))
environment.events.test_stopping.add_listener(lambda environment: print("TRACE hooks stopping", environment.runner.state))
environment.events.test_stop.add_listener(lambda environment: print("TRACE hooks test_stop", environment.runner.state))
environment.events.init.fire(environment=environment, runner=runner, web_ui=None)
gevent.spawn(stats_history, runner)
runner.start(3, spawn_rate=10)
gevent.spawn_later(1.5, runner.quit)
runner.greenlet.join()
total = environment.stats.total
print("TRACE total", total.num_requests, total.num_failures, total.fail_ratio, runner.user_count, runner.state)
print("TRACE entries", sorted(environment.stats.entries))
print("TRACE exceptions", len(runner.exceptions), len(runner.errors))
