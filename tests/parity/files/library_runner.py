"""Locust as a library: a runner made by hand, waiting for a ramp, users started by hand, and ends in odd places."""

from _trace import print

import gevent
from locust import User, constant, task
from locust.env import Environment
from locust.runners import LocalRunner

PARITY = {"script": True, "processes": [1]}


class Idle(User):
    wait_time = constant(10)

    @task
    def once(self):
        self.environment.events.request.fire(request_type="X", name="x", response_time=1, response_length=0)


class Quits(User):
    wait_time = constant(10)

    def on_stop(self):
        print("TRACE quits on_stop")

    @task
    def once(self):
        print("TRACE quits task")
        self.environment.runner.quit()


def told(environment):
    events = environment.events
    events.test_start.add_listener(lambda environment: print("TRACE hooks test_start"))
    events.spawning_complete.add_listener(lambda user_count: print("TRACE hooks spawned", user_count))
    events.test_stopping.add_listener(lambda environment: print("TRACE hooks stopping"))
    events.test_stop.add_listener(lambda environment: print("TRACE hooks test_stop"))
    return environment


print("TRACE hooks a runner made by hand, whose ramp is waited for")
environment = told(Environment(user_classes=[Idle]))
runner = LocalRunner(environment)
runner.start(4, spawn_rate=10)
runner.spawning_greenlet.join()
print("TRACE hooks", runner.user_count, runner.user_classes_count, runner.target_user_classes_count)
runner.start(1, spawn_rate=10)
runner.spawning_greenlet.join()
print("TRACE hooks", runner.user_count, runner.target_user_classes_count)
runner.stop()
runner.stop()
runner.quit()
print("TRACE hooks", runner.state, runner.user_count, environment.stats.total.num_requests)

print("TRACE hooks stopped before it began")
runner = told(Environment(user_classes=[Idle])).create_local_runner()
runner.start(3, spawn_rate=1)
runner.stop()
print("TRACE hooks", runner.state, runner.user_count)
runner.quit()

print("TRACE hooks never started")
runner = told(Environment(user_classes=[Idle])).create_local_runner()
runner.quit()
print("TRACE hooks", runner.state)

print("TRACE hooks users started by hand")
environment = told(Environment(user_classes=[Idle]))
runner = environment.create_local_runner()
users = runner.spawn_users({"Idle": 2})
gevent.sleep(0.3)
print("TRACE hooks", [type(user).__name__ for user in users], runner.user_count, environment.stats.total.num_requests)
runner.stop_users({"Idle": 1})
print("TRACE hooks", runner.user_count, len(runner.user_greenlets), runner.state)
runner.quit()

print("TRACE hooks ended by a user")
runner = told(Environment(user_classes=[Quits])).create_local_runner()
runner.start(1, spawn_rate=1)
runner.greenlet.join()
print("TRACE hooks", runner.state)
