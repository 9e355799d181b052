"""Users who leave, tasks that are given up."""

from locust import HttpUser, constant, task
from locust.exception import InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopUser
from locust.user.task import TaskSet


class Leaver(HttpUser):
    wait_time = constant(0.01)
    visits = 0

    @task
    def visit(self):
        self.visits += 1
        self.client.get("/ok", name="visit")
        if self.visits == 5:
            raise StopUser()

    def on_stop(self):
        self.client.get("/ok", name="goodbye")


class Waverer(HttpUser):
    wait_time = constant(0.01)

    @task
    def later(self):
        self.client.get("/ok", name="later")
        raise RescheduleTask()

    @task
    def at_once(self):
        self.client.get("/ok", name="at once")
        raise RescheduleTaskImmediately()

    @task
    class Room(TaskSet):
        @task
        def out(self):
            self.client.get("/ok", name="room")
            raise InterruptTaskSet(reschedule=False)
