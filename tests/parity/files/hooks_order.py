"""The order of the hooks of a run, with listeners that take exactly the keywords there are."""

from _trace import print

from locust import User, constant, events, task
from locust.runners import MasterRunner, WorkerRunner


def part(environment):
    runner = environment.runner
    return "lead" if isinstance(runner, MasterRunner) else "worker" if isinstance(runner, WorkerRunner) else "local"


PARITY = {"options": ["-u", "2", "-r", "10", "-t", "2"]}
where = "?"


@events.init.add_listener
def init(environment, runner, web_ui):
    global where
    where = part(environment)
    print("TRACE", where, "init", runner is environment.runner, web_ui)


@events.test_start.add_listener
def test_start(environment):
    print("TRACE", where, "test_start", environment.runner.state in ("ready", "spawning"))


@events.spawning_complete.add_listener
def spawning_complete(user_count):
    print("TRACE", where, "spawning_complete", user_count)


@events.test_stopping.add_listener
def test_stopping(environment):
    print("TRACE", where, "test_stopping")


@events.test_stop.add_listener
def test_stop(environment):
    print("TRACE", where, "test_stop")


@events.quitting.add_listener
def quitting_first(environment):
    print("TRACE", where, "quitting 1")


@events.quitting.add_listener
def quitting_second(environment):
    print("TRACE", where, "quitting 2")


@events.quit.add_listener
def quit_(exit_code):
    print("TRACE", where, "quit", exit_code)


class Idle(User):
    wait_time = constant(0.2)

    def on_start(self):
        self.environment.events.request.fire(request_type="X", name="start", response_time=1, response_length=0)

    def on_stop(self):
        print("TRACE", "worker" if where == "worker" else "users", "on_stop")

    @task
    def nothing(self):
        pass
