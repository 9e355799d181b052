"""Tags that leave nothing to do."""

from locust import HttpUser, constant, tag, task

PARITY = {"options": ["-t", "1", "--tags", "nothing"], "exact": False}


class Tagged(HttpUser):
    fixed_count = 1
    wait_time = constant(0.3)

    @tag("fast")
    @task
    def fast(self):
        self.client.get("/ok", name="fast")
