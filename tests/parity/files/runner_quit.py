"""runner.quit() from a task ends the run long before its time."""

from locust import HttpUser, constant, task

PARITY = {"options": ["-t", "20"], "exact": False}


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(1.3)

    @task
    def once(self):
        self.client.get("/ok")
        if getattr(self, "seen", False):
            self.environment.runner.quit()
        self.seen = True
