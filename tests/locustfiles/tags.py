"""Tags on tasks and on a task set; meant for --tags reading --exclude-tags slow."""

from locust import HttpUser, TaskSet, constant, tag, task


class Visitor(HttpUser):
    wait_time = constant(0.01)

    @tag("reading")
    @task
    def read(self):
        self.client.get("/ok", name="read")

    @task
    @tag("reading", "slow")
    def read_slowly(self):
        self.client.get("/ok", name="read slowly")

    @tag("writing")
    @task
    def write(self):
        self.client.post("/echo", name="write")

    @task
    def untagged(self):
        self.client.get("/ok", name="untagged")

    @tag("reading")
    @task
    class Pages(TaskSet):
        @task
        def page(self):
            self.client.get("/ok", name="page")
            self.interrupt()
