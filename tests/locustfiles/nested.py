# ruff: noqa: RUF012
"""Task sets in task sets, left by interrupt() with and without a wait."""

from locust import HttpUser, TaskSet, between, task


class Forum(TaskSet):
    wait_time = between(0, 0.01)

    def on_start(self):
        self.seen = 0
        self.client.get("/ok", name="forum: enter")

    def on_stop(self):
        self.client.get("/ok", name="forum: leave")

    @task(5)
    class Thread(TaskSet):
        @task(2)
        def read(self):
            assert self.parent.user is self.user
            self.parent.seen += 1
            self.client.get("/ok", name="thread: read")

        @task
        def leave(self):
            self.interrupt(reschedule=False)

    @task(1)
    def look(self):
        self.client.get("/ok", name="forum: look")

    @task(1)
    def stop(self):
        self.interrupt()


class Reader(HttpUser):
    wait_time = between(0, 0.01)
    tasks = [Forum]

    @task
    def home(self):
        self.client.get("/ok", name="home")
