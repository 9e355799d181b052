"""MarkovTaskSet: what a class may not be."""

from _trace import print

from locust import HttpUser, MarkovTaskSet, constant, tag, task, transition
from locust.exception import StopUser
from locust.user.markov_taskset import (
    InvalidTransitionError,
    MarkovTaskTagError,
    NoMarkovTasksError,
    NonMarkovTaskTransitionError,
)


def attempt(make):
    try:
        make()
    except (InvalidTransitionError, MarkovTaskTagError, NoMarkovTasksError, NonMarkovTaskTransitionError) as error:
        print("TRACE load", type(error).__name__)


def empty():
    class Empty(MarkovTaskSet):
        pass


def lost():
    class Lost(MarkovTaskSet):
        @transition("nowhere")
        def one(self):
            pass


def plain():
    class Plain(MarkovTaskSet):
        @transition("two")
        def one(self):
            pass

        def two(self):
            pass


def tagged():
    class Tagged(MarkovTaskSet):
        @tag("x")
        @transition("one")
        def one(self):
            pass


for make in (empty, lost, plain, tagged):
    attempt(make)


class Walker(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def one(self):
        self.client.get("/ok")
        raise StopUser


PARITY = {"processes": [1]}
