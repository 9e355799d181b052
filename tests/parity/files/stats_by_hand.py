"""RequestStats as scripts use it."""

from _trace import print

from locust import HttpUser, constant, task
from locust.exception import StopUser
from locust.stats import RequestStats, calculate_response_time_percentile, get_error_report_summary, get_readable_percentiles

PARITY = {"processes": [1]}

stats = RequestStats()
for ms in (10, 20, 30, 40, 50, 60, 70, 80, 90):
    stats.log_request("GET", "/a", ms, 100)
stats.log_request("POST", "/b", 5, 10)
stats.log_error("POST", "/b", ValueError("no"))
stats.log_error("POST", "/b", "as text")
entry = stats.get("/a", "GET")
print("TRACE stats", entry.num_requests, entry.avg_response_time, entry.min_response_time, entry.max_response_time)
print("TRACE stats", round(entry.median_response_time), entry.avg_content_length, entry.fail_ratio, entry.num_none_requests)
print("TRACE stats", stats.num_requests, stats.num_failures, stats.get("/b", "POST").fail_ratio)
print("TRACE stats", sorted(stats.entries), sorted(error.to_name() for error in stats.errors.values()))
print(
    "TRACE stats", calculate_response_time_percentile({10: 5, 20: 4, 30: 1}, 10, 0.8), get_readable_percentiles([0.5, 0.999])
)
print("TRACE table", get_error_report_summary(stats)[:2])
stats.reset_all()
print("TRACE stats", stats.num_requests, len(stats.entries))
stats.clear_all()
print("TRACE stats", len(stats.entries))


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        self.client.get("/ok")
        raise StopUser
