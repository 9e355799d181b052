"""The figures that a scenario reads when the test is over."""

from _trace import print

from locust import HttpUser, constant, events, task
from locust.exception import StopUser
from locust.runners import WorkerRunner


@events.quitting.add_listener
def judge(environment, **kwargs):
    if isinstance(environment.runner, WorkerRunner):
        return
    stats = environment.stats
    total = stats.total
    print("TRACE total", total.num_requests, total.num_failures, round(total.fail_ratio, 3), total.name, repr(total.method))
    slow = stats.get("slow", "GET")
    print(
        "TRACE slow",
        slow.num_requests,
        100 <= slow.min_response_time < 150,
        100 <= slow.avg_response_time < 150,
        100 <= slow.median_response_time < 150,
        slow.max_response_time >= slow.get_response_time_percentile(0.5) - 5,
    )
    print("TRACE entries", sorted(stats.entries))
    print("TRACE missing", stats.get("missing", "GET").num_requests)
    print("TRACE errors", sorted((error.method, error.name, error.occurrences) for error in stats.errors.values()))
    print("TRACE rate", total.total_rps > 0, total.avg_content_length > 0)
    if total.fail_ratio > 0.1:
        environment.process_exit_code = 3


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        for _ in range(3):
            self.client.get("/slow/100", name="slow")
        self.client.get("/status/500", name="broken")
        raise StopUser
