"""process_exit_code set while quitting goes before failures."""

from locust import HttpUser, constant, events, task
from locust.exception import StopUser


@events.quitting.add_listener
def judge(environment, **kwargs):
    environment.process_exit_code = 0


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        self.client.get("/status/500")
        raise StopUser
