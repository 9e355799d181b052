"""A greenlet that watches the failures and ends the run."""
import time

import gevent
from locust import HttpUser, between, events, task
from locust.runners import STATE_CLEANUP, STATE_STOPPED, STATE_STOPPING, WorkerRunner


def watch(environment):
    while environment.runner.state not in [STATE_STOPPING, STATE_STOPPED, STATE_CLEANUP]:
        time.sleep(0.5)
        if environment.runner.stats.total.num_requests > 50 and environment.runner.stats.total.fail_ratio > 0.1:
            print(f"fail ratio was {environment.runner.stats.total.fail_ratio}, quitting")
            environment.process_exit_code = 4
            environment.runner.quit()
            return


@events.init.add_listener
def on_locust_init(environment, **_kwargs):
    if not isinstance(environment.runner, WorkerRunner):
        gevent.spawn(watch, environment)


class Visitor(HttpUser):
    wait_time = between(0.01, 0.03)

    @task
    def flaky(self):
        self.client.get("/flaky")
