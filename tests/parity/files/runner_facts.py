"""What a scenario asks its runner and environment."""

from _trace import print

from locust import HttpUser, constant, events, task
from locust.runners import STATE_INIT, DistributedRunner, LocalRunner, MasterRunner, Runner, WorkerRunner


def part(runner):
    return "lead" if isinstance(runner, MasterRunner) else "worker" if isinstance(runner, WorkerRunner) else "local"


@events.init.add_listener
def loaded(environment, **kwargs):
    runner = environment.runner
    kinds = [
        kind.__name__
        for kind in (Runner, LocalRunner, DistributedRunner, MasterRunner, WorkerRunner)
        if isinstance(runner, kind)
    ]
    print(
        "TRACE", part(runner), kinds, runner.state == STATE_INIT, runner.user_count, sorted(environment.user_classes_by_name)
    )


@events.test_start.add_listener
def started(environment, **kwargs):
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        print(
            "TRACE lead",
            runner.worker_count,
            len(runner.clients),
            len(runner.clients.ready) > 0,
            bool(runner.client_id if hasattr(runner, "client_id") else 1),
        )
    else:
        print("TRACE", part(runner), runner.worker_index, bool(runner.client_id))


@events.spawning_complete.add_listener
def spawned(user_count):
    print("TRACE worker count", user_count)


@events.test_stop.add_listener
def stopped(environment, **kwargs):
    runner = environment.runner
    if not isinstance(runner, WorkerRunner):
        print(
            "TRACE",
            part(runner),
            runner.target_user_count,
            sum(runner.target_user_classes_count.values()),
            len(runner.exceptions),
            len(runner.errors),
        )


class Own(HttpUser):
    wait_time = constant(1)

    @task
    def once(self):
        self.client.get("/ok", name="ok")
        raise ValueError("one")


PARITY = {"options": ["-u", "2", "-r", "10", "-t", "2"], "exact": False}
