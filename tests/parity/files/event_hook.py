"""A hook of the scenario's own."""

from _trace import print

from locust import HttpUser, constant, task
from locust.event import EventHook
from locust.exception import StopUser

bought = EventHook()


@bought.add_listener
def first(item, **kwargs):
    print("TRACE hook first", item)


def second(item, **kwargs):
    print("TRACE hook second", item)


bought.add_listener(second)


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        self.client.get("/ok")
        bought.fire(item="book", price=1)
        bought.fire(reverse=True, item="pen", price=1)
        bought.remove_listener(second)
        bought.fire(item="ink", price=1)
        raise StopUser
