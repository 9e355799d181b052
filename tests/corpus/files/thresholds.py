"""The exit code tells whether the figures are good enough."""
import logging

from locust import HttpUser, between, events, task


@events.quitting.add_listener
def judge(environment, **kwargs):
    total = environment.stats.total
    if total.fail_ratio > 0.05:
        logging.error("Test failed: too many failures (%.0f %%)", total.fail_ratio * 100)
        environment.process_exit_code = 3
    elif total.avg_response_time > 200:
        environment.process_exit_code = 4
    elif total.get_response_time_percentile(0.95) > 800:
        environment.process_exit_code = 5
    else:
        environment.process_exit_code = 0


class Visitor(HttpUser):
    wait_time = between(0.02, 0.05)

    @task
    def flaky(self):
        self.client.get("/flaky")
