"""Messages between the processes of a run, or of one to itself."""

from _trace import print

from locust import HttpUser, constant, events, task
from locust.exception import StopUser
from locust.runners import MasterRunner, WorkerRunner


@events.init.add_listener
def register(environment, **kwargs):
    if not isinstance(environment.runner, MasterRunner):
        environment.runner.register_message("data", take)
    if not isinstance(environment.runner, WorkerRunner):
        environment.runner.register_message("thanks", thanked)


def take(environment, msg, **kwargs):
    print("TRACE worker", msg.type, msg.data)
    environment.runner.send_message("thanks", f"for {msg.data['part']}")


def thanked(environment, msg, **kwargs):
    print("TRACE thanks", msg.data)


@events.test_start.add_listener
def share(environment, **kwargs):
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        for client_id in list(runner.clients):
            runner.send_message("data", {"part": runner.get_worker_index(client_id)}, client_id=client_id)
    elif not isinstance(runner, WorkerRunner):
        runner.send_message("data", {"part": 0})


class Own(HttpUser):
    fixed_count = 2
    wait_time = constant(0)

    @task
    def once(self):
        self.client.get("/ok")
        raise StopUser


PARITY = {"unordered": True, "options": ["-u", "2", "-r", "10", "-t", "2"]}
