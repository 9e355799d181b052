"""Start a job and ask until it is done; the whole is an entry of its own."""
import time

from locust import HttpUser, between, task


class Poller(HttpUser):
    wait_time = between(0.05, 0.1)

    @task
    def job(self):
        started = time.time()
        job = self.client.post("/jobs").json()["id"]
        for _ in range(10):
            if self.client.get(f"/jobs/{job}", name="/jobs/[id]").json()["state"] == "done":
                break
            time.sleep(0.05)
        else:
            raise Exception("never done")
        self.environment.events.request.fire(
            request_type="JOB", name="total", response_time=(time.time() - started) * 1000, response_length=0
        )
