"""--tags and --exclude-tags together, nested ones too."""

from locust import HttpUser, TaskSet, constant, tag, task

PARITY = {"options": ["-t", "2", "--tags", "fast", "--exclude-tags", "third"], "exact": False}


class Tagged(HttpUser):
    fixed_count = 1
    wait_time = constant(0.02)

    @tag("fast")
    @task
    def fast(self):
        self.client.get("/ok", name="fast")

    @task
    @tag("slow", "other")
    def slow(self):
        self.client.get("/ok", name="slow")

    @tag("third")
    @task
    def third(self):
        self.client.get("/ok", name="third")

    @task
    def untagged(self):
        self.client.get("/ok", name="untagged")

    @tag("fast")
    @task
    class Nested(TaskSet):
        @task
        def inner(self):
            self.client.get("/ok", name="inner")
            self.interrupt()

        @tag("third")
        @task
        def inner_third(self):
            self.client.get("/ok", name="inner third")
            self.interrupt()
