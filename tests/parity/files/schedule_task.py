"""Tasks that a task set schedules itself."""

from _trace import print

from locust import HttpUser, TaskSet, constant, task
from locust.exception import StopUser


class Steps(TaskSet):
    def on_start(self):
        self.schedule_task(self.second)
        self.schedule_task(self.first, first=True)
        self.schedule_task(Steps.third)

    def first(self):
        print("TRACE user first")

    def second(self):
        print("TRACE user second")

    def third(self):
        print("TRACE user third")
        self.schedule_task(self.end)

    def end(self):
        self.client.get("/ok")
        raise StopUser

    @task
    def usual(self):
        print("TRACE user usual")


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)
    tasks = [Steps]
