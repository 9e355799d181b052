"""One row a request, by the logger that comes along."""

from _trace import print

from locust import HttpUser, constant, events, task
from locust.contrib.csv_request_logger import CsvRequestLogger
from locust.exception import StopUser

PARITY = {"processes": [1]}
log = CsvRequestLogger("requests.csv")


@events.init.add_listener
def init(environment, **kwargs):
    log.register(environment)


@events.quit.add_listener
def show(exit_code):
    for line in open("requests.csv").read().splitlines():
        cells = line.split(",")
        print("TRACE rows", cells[1], cells[2], cells[4], cells[5], cells[6][:9])


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        self.client.get("/ok")
        self.client.get("/status/404")
        raise StopUser
