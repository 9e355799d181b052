"""Ends the run by itself as soon as it has seen enough."""

from locust import HttpUser, constant, events, task

seen = 0


@events.request.add_listener
def count(name, exception, **kwargs):
    global seen
    if not exception:
        seen += 1


class Visitor(HttpUser):
    wait_time = constant(0.01)

    @task
    def look(self):
        self.client.get("/ok")
        if seen >= 20:
            self.environment.runner.quit()
