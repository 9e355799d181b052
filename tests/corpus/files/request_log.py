"""Every request as a row, by a listener, and figures by name at the end."""
import csv
import statistics
from collections import defaultdict

from locust import HttpUser, between, events, task

rows = []


@events.request.add_listener
def log(request_type, name, response_time, response_length, exception, start_time, url, **kwargs):
    rows.append((start_time, request_type, name, response_time, response_length, "" if exception is None else repr(exception)))


@events.quitting.add_listener
def write(environment, **kwargs):
    with open("requests.csv", "w", newline="") as file:
        csv.writer(file).writerows(rows)
    times = defaultdict(list)
    for row in rows:
        times[row[2]].append(row[3])
    for name, found in times.items():
        print(name, len(found), f"{statistics.median(found):.2f} ms")
    if len(rows) == environment.stats.total.num_requests:
        print("logged every request")


class Visitor(HttpUser):
    wait_time = between(0.02, 0.05)

    @task
    def items(self):
        self.client.get("/items")
