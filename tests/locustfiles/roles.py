"""Does different things in the lead, in a process with users, and in a single process."""

import locust
from locust import HttpUser, constant, events, task
from locust.env import Environment
from locust.runners import STATE_STOPPING, LocalRunner, MasterRunner, WorkerRunner


@events.init.add_listener
def on_init(environment: Environment, **kwargs):
    kinds = [kind.__name__ for kind in (LocalRunner, MasterRunner, WorkerRunner) if isinstance(environment.runner, kind)]
    print("runner:", *kinds)


@events.test_start.add_listener
def on_test_start(environment, **kwargs):
    if not isinstance(environment.runner, MasterRunner):
        print("worker", environment.runner.worker_index, "of", environment.runner.worker_count)


class Visitor(HttpUser):
    wait_time = constant(0.01)

    @task
    def look(self):
        if self.environment.runner.state != STATE_STOPPING:
            self.client.get("/ok", name=f"look {locust.__version__.split('.')[0]}")
