"""SequentialTaskSet: the order of declaration, repetitions, tasks spliced in, nested sets."""

from _trace import print

from locust import HttpUser, SequentialTaskSet, constant, task
from locust.exception import StopUser


def outside(task_set):
    print("TRACE user outside")


class Steps(SequentialTaskSet):
    @task
    def first(self):
        print("TRACE user first")

    @task(2)
    def second(self):
        print("TRACE user second")

    tasks = [outside]

    @task
    class Third(SequentialTaskSet):
        @task
        def inner(self):
            print("TRACE user inner")

        @task
        def leave(self):
            self.interrupt()

    @task
    def last(self):
        print("TRACE user last")
        self.user.rounds += 1
        self.client.get("/ok", name=f"round {self.user.rounds}")
        if self.user.rounds == 2:
            raise StopUser


class Walker(HttpUser):
    fixed_count = 1
    wait_time = constant(0)
    rounds = 0
    tasks = [Steps]
