"""What tasks and on_start raise: counted, logged, and the user goes on, or not."""

from _trace import print

from locust import HttpUser, constant, events, task
from locust.exception import StopUser


@events.user_error.add_listener
def error(user_instance, exception, tb):
    print("TRACE", type(user_instance).__name__, repr(exception), tb is not None)


class InTask(HttpUser):
    fixed_count = 1
    wait_time = constant(0.05)
    count = 0

    @task
    def fail(self):
        self.count += 1
        if self.count == 3:
            raise StopUser
        self.client.get("/ok", name="in task")
        raise ValueError(f"no {self.count}")


class InOnStart(HttpUser):
    fixed_count = 1

    def on_start(self):
        raise RuntimeError("no account")

    def on_stop(self):
        print("TRACE InOnStart on_stop")

    @task
    def never(self):
        self.client.get("/ok", name="never")
