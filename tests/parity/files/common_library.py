"""Names that files import from all over Locust."""

from _trace import print
import locust
from locust import LoadTestShape, SequentialTaskSet, TaskSet, User, events, task
from locust.clients import HttpSession, ResponseContextManager
from locust.contrib.fasthttp import FastHttpSession, FastHttpUser, FastResponse, RestResponseContextManager
from locust.env import Environment
from locust.event import EventHook, Events
from locust.exception import CatchResponseError, LocustError, RescheduleTask, StopTest, StopUser
from locust.log import setup_logging
from locust.runners import STATE_CLEANUP, STATE_RUNNING, STATE_STOPPED, STATE_STOPPING, MasterRunner
from locust.shape import LoadTestShape as Shape
from locust.stats import RequestStats, StatsEntry, StatsError, stats_history, stats_printer
from locust.user import HttpUser, wait_time
from locust.user.sequential_taskset import SequentialTaskSet as Sequential
from locust.user.task import DefaultTaskSet, LOCUST_STATE_STOPPING, TaskSet as Set
from locust.user.users import HttpUser as Http
from locust.user.wait_time import between, constant
from locust.util.timespan import parse_timespan
from locust.util.rounding import proper_round

print("TRACE same", Http is HttpUser is locust.HttpUser, Shape is LoadTestShape, Sequential is SequentialTaskSet, Set is TaskSet)
print("TRACE same", locust.contrib.fasthttp.FastHttpUser is locust.FastHttpUser, locust.wait_time.between is between)
print("TRACE same", locust.stats.RequestStats is RequestStats, locust.runners.MasterRunner is MasterRunner, locust.events is events)
print("TRACE values", STATE_CLEANUP, STATE_RUNNING, STATE_STOPPED, STATE_STOPPING, LOCUST_STATE_STOPPING)
print("TRACE values", parse_timespan("1h30m10s"), proper_round(2.5), locust.stats.CONSOLE_STATS_INTERVAL_SEC)
print("TRACE values", locust.stats.PERCENTILES_TO_REPORT, locust.runners.WORKER_REPORT_INTERVAL)

class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        self.client.get("/ok")
        raise StopUser

PARITY = {"processes": [1]}
