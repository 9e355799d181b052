"""Attributes and methods of users and task sets."""

from _trace import print

from locust import HttpUser, TaskSet, User, constant, task
from locust.exception import StopUser

PARITY = {"processes": [1]}


class Inner(TaskSet):
    @task
    def look(self):
        print("TRACE set", self.user is self.parent, self.client is self.user.client, type(self.user).__name__)
        print("TRACE set", self.user.environment.runner.user_count, self.user.host.startswith("http"), self.wait_time())
        self.client.get("/ok")
        raise StopUser


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)
    tasks = [Inner]


print("TRACE class", Own.weight, Own.fixed_count, Own.abstract, User.abstract, HttpUser.abstract, Own.host)
print("TRACE class", sorted(Own.json()), Own.fullname().rpartition(".")[2], [one.__name__ for one in Own.tasks])
