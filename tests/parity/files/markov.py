"""MarkovTaskSet: begins with its first task and goes on as its transitions say."""

from _trace import print

from locust import HttpUser, MarkovTaskSet, constant, transition, transitions
from locust.exception import StopUser


class Chain(MarkovTaskSet):
    @transition("second")
    def first(self):
        print("TRACE user first")

    @transitions({"third": 1})
    def second(self):
        print("TRACE user second")

    @transitions(["fourth"])
    def third(self):
        print("TRACE user third")

    @transitions([("first", 2)])
    def fourth(self):
        print("TRACE user fourth")
        self.client.get("/ok")
        self.user.rounds += 1
        if self.user.rounds == 2:
            raise StopUser


class Walker(HttpUser):
    fixed_count = 1
    wait_time = constant(0)
    rounds = 0
    tasks = [Chain]
