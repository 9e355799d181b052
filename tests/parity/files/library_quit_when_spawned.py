"""Locust as a library: the listener of spawning_complete ends the test."""

from _trace import print

import gevent
from locust import User, constant, task
from locust.env import Environment

PARITY = {"script": True, "processes": [1]}


class Idle(User):
    wait_time = constant(10)

    def on_stop(self):
        gevent.sleep(0.2)
        print("TRACE users on_stop")

    @task
    def nothing(self):
        pass


environment = Environment(user_classes=[Idle], stop_timeout=1)
runner = environment.create_local_runner()


@environment.events.spawning_complete.add_listener
def spawned(user_count):
    print("TRACE hooks spawned", user_count)
    gevent.sleep(0.2)
    gevent.spawn(runner.quit)


@environment.events.test_stop.add_listener
def stopped(environment):
    print("TRACE hooks test_stop", environment.runner.user_count)


runner.start(2, spawn_rate=10)
runner.greenlet.join()
print("TRACE hooks", runner.state)
