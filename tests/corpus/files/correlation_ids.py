"""An id with each request, found again in the answer and in the context of the event."""
import uuid

from locust import FastHttpUser, between, events, task

sent, back = set(), set()


@events.request.add_listener
def note(context, exception, response, **kwargs):
    if exception is None:
        sent.add(context["id"])
        back.add(response.headers["X-Correlation-Id"])


@events.test_stop.add_listener
def compare(environment, **kwargs):
    print("every id came back" if sent and sent == back else "ids were lost")


class Traced(FastHttpUser):
    wait_time = between(0.05, 0.1)

    @task
    def trace(self):
        one = str(uuid.uuid4())
        self.client.get("/trace", headers={"X-Correlation-Id": one}, context={"id": one})
