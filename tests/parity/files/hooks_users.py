"""The life of one user: on_start, tasks, on_stop of its task sets from the inside out."""

from _trace import print

from locust import HttpUser, TaskSet, constant, task

PARITY = {"options": ["-t", "1"], "exact": False}


class Shop(HttpUser):
    fixed_count = 1
    wait_time = constant(0.3)

    def on_start(self):
        print("TRACE user User.on_start")
        self.client.get("/ok", name="start")

    def on_stop(self):
        print("TRACE user User.on_stop")
        self.client.get("/ok", name="stop")

    @task
    class Outer(TaskSet):
        def on_start(self):
            print("TRACE user Outer.on_start", type(self.parent).__name__, type(self.user).__name__)

        def on_stop(self):
            print("TRACE user Outer.on_stop")

        @task
        class Inner(TaskSet):
            def on_start(self):
                print("TRACE user Inner.on_start", type(self.parent).__name__)

            def on_stop(self):
                print("TRACE user Inner.on_stop")

            @task
            def look(self):
                self.client.get("/ok", name="look")
