"""The master hands out accounts to its workers by messages, and hears back."""
from locust import HttpUser, between, events, task
from locust.runners import MasterRunner, WorkerRunner

accounts = []


def receive(environment, msg, **kwargs):
    accounts.extend(msg.data)
    environment.runner.send_message("acknowledge_users", f"Thanks for the {len(msg.data)} users!")


def acknowledged(environment, msg, **kwargs):
    print("handed out:", msg.data)


@events.init.add_listener
def register(environment, **_kwargs):
    if not isinstance(environment.runner, MasterRunner):
        environment.runner.register_message("test_users", receive)
    if not isinstance(environment.runner, WorkerRunner):
        environment.runner.register_message("acknowledge_users", acknowledged)


@events.test_start.add_listener
def hand_out(environment, **_kwargs):
    if isinstance(environment.runner, WorkerRunner):
        return
    users = [{"name": f"user{number}"} for number in range(environment.runner.target_user_count or 8)]
    worker_count = environment.runner.worker_count
    chunk = int(len(users) / worker_count)
    if isinstance(environment.runner, MasterRunner):
        for number, worker in enumerate(environment.runner.clients):
            start = number * chunk
            end = start + chunk if number + 1 < worker_count else len(users)
            environment.runner.send_message("test_users", users[start:end], worker)
    else:
        environment.runner.send_message("test_users", users)


class Member(HttpUser):
    wait_time = between(0.1, 0.2)

    def on_start(self):
        self.name = accounts.pop()["name"]

    @task
    def sign_in(self):
        self.client.post("/login", json={"user": self.name, "password": f"{self.name}-pw"})
