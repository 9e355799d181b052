"""Try again when the service is unwell, and give up after a while."""
from locust import HttpUser, between, task
from locust.exception import RescheduleTask


class Patient(HttpUser):
    wait_time = between(0.02, 0.05)

    @task(3)
    def once(self):
        with self.client.get("/flaky", catch_response=True) as response:
            if response.status_code == 503:
                response.failure("unavailable")
                raise RescheduleTask()

    @task
    def again(self):
        for attempt in range(3):
            response = self.client.get("/flaky", name="retried")
            if response:
                return
        raise RescheduleTask
