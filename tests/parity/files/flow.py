"""The exceptions that steer a user."""

from _trace import print

from locust import HttpUser, TaskSet, constant, task
from locust.exception import InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopUser


class Base(HttpUser):
    abstract = True
    fixed_count = 1
    wait_time = constant(0.05)
    count = 0

    def step(self, name):
        self.count += 1
        self.client.get("/ok", name=f"{type(self).__name__} {name} {self.count}")
        if self.count == 4:
            raise StopUser


class Reschedules(Base):
    @task
    def one(self):
        self.step("again")
        raise RescheduleTask


class Immediately(Base):
    @task
    def one(self):
        self.step("at once")
        raise RescheduleTaskImmediately


class Interrupts(Base):
    @task
    class Inner(TaskSet):
        def on_start(self):
            print("TRACE inner on_start")

        def on_stop(self):
            print("TRACE inner on_stop")

        @task
        def one(self):
            self.user.step("inside")
            if self.user.count % 2:
                self.interrupt()
            raise InterruptTaskSet(False)


class Stops(Base):
    def on_stop(self):
        self.client.get("/ok", name="Stops on_stop")

    @task
    def one(self):
        self.step("until")
