"""How tasks are declared, gathered, picked and scheduled. The loop itself: test_task_loop.py."""

# ruff: noqa: RUF012 - scenarios set `tasks` to plain lists and dicts

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from unittest.mock import Mock

import pytest

from loadcell.scenario import SequentialTaskSet, TaskSet, User, task
from loadcell.scenario.exceptions import LocustError, StopUser
from loadcell.scenario.tasks import DefaultTaskSet


def buy(user): ...


def look(user): ...


def names(holder):
    return [each.__name__ for each in holder.tasks]


@pytest.fixture(params=[User, TaskSet])
def base(request):
    return request.param


def test_decorated_members_are_tasks_in_the_order_of_their_definition_as_often_as_their_weight(base):
    class Holder(base):
        @task
        def first(self): ...

        def no_task(self): ...

        @task(2)
        def second(self): ...

        @task()
        class Third(TaskSet): ...

    assert names(Holder) == ["first", "second", "second", "Third"]


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        ([buy, look], ["buy", "look"]),
        ({buy: 2, look: 1}, ["buy", "buy", "look"]),
        ([(buy, 2), look], ["buy", "buy", "look"]),
        ((buy,), ["buy"]),
        ({buy: 0, look: 1}, ["look"]),
        (None, []),
    ],
)
def test_tasks_may_be_listed(base, tasks, expected):
    assert names(type(base)("Holder", (base,), {"tasks": tasks})) == expected


def test_inherited_tasks_come_first_then_the_listed_then_the_decorated_ones(base):
    class Parent(base):
        @task
        def inherited(self): ...

    class Other(base):
        tasks = [look]

    class Child(Parent, Other):
        @task
        def own(self): ...

        tasks = [buy]

    assert names(Child) == ["inherited", "look", "buy", "own"]
    assert names(Parent) == ["inherited"]


def test_a_member_that_answers_to_every_name_is_no_task(base):
    class Holder(base):
        anything = Mock()

    assert Holder.tasks == []


@pytest.mark.parametrize("decorator", [task, task(3)])
def test_a_task_named_run_is_refused(decorator):
    def run(self): ...

    with pytest.raises(Exception, match="run"):
        decorator(run)


def test_a_hook_that_is_a_task_too_is_warned_of(caplog):
    @task
    def on_start(self): ...

    assert "on_start() has @task" in caplog.text


def test_a_sequence_keeps_the_order_of_declaration_with_the_list_in_its_place():
    class Parent(SequentialTaskSet):
        @task
        def inherited(self): ...

    class Sequence(Parent):
        @task
        def first(self): ...

        tasks = {buy: 2, look: 1}

        @task(2)
        def second(self): ...

        @task
        class Nested(TaskSet): ...

    assert names(Sequence) == ["inherited", "first", "buy", "buy", "look", "second", "second", "Nested"]


@pytest.mark.parametrize("tasks", [(buy,), None, "buy"])
def test_a_sequence_takes_only_lists_and_dicts(tasks):
    with pytest.raises(ValueError, match="list or dict"):
        type(SequentialTaskSet)("Sequence", (SequentialTaskSet,), {"tasks": tasks})


def test_a_sequence_executes_its_tasks_in_order_over_and_over(environment):
    class Sequence(SequentialTaskSet):
        tasks = [buy, look, buy]

    sequence = Sequence(User(environment))
    assert [sequence.get_next_task() for _ in range(7)] == [buy, look, buy, buy, look, buy, buy]


def test_each_task_set_of_a_class_has_a_sequence_of_its_own(environment):
    class Sequence(SequentialTaskSet):
        tasks = [buy, look]

    one, other = Sequence(User(environment)), Sequence(User(environment))
    assert [one.get_next_task(), other.get_next_task(), one.get_next_task()] == [buy, buy, look]


def test_tasks_are_picked_by_their_weights(environment):
    class Shopper(User):
        tasks = {buy: 1, look: 3}

    class Browsing(TaskSet):
        tasks = {buy: 1, look: 3}

    random.seed(7)
    user = Shopper(environment)
    for picker in (DefaultTaskSet(user), Browsing(user)):
        picked = Counter(picker.get_next_task() for _ in range(8000))
        assert picked[look] / picked[buy] == pytest.approx(3, rel=0.1)


def test_having_no_task_is_an_error_that_names_the_class(environment):
    class Shopper(User): ...

    class Sequence(SequentialTaskSet): ...

    class Slip(TaskSet):
        task = [buy]

    user = Shopper(environment)
    with pytest.raises(Exception, match="No tasks defined on Shopper"):
        DefaultTaskSet(user).get_next_task()
    with pytest.raises(Exception, match="No tasks defined on Slip, but you have set a 'task' attribute"):
        Slip(user).get_next_task()
    with pytest.raises(LocustError, match="No tasks defined"):
        Sequence(user).get_next_task()


def test_a_task_set_knows_its_user_its_parent_and_its_client(environment):
    class Shopper(User): ...

    user = Shopper(environment)
    user.client = object()
    outer = TaskSet(user)
    inner = TaskSet(outer)
    assert (outer.user, outer.parent, outer.client) == (user, user, user.client)
    assert (inner.user, inner.parent, inner.client) == (user, outer, user.client)


def test_what_a_task_is_called_with(environment, trace):
    class Browsing(TaskSet):
        def bound(self, *arguments):
            trace.append(arguments)

    class Shopper(User):
        def bound(self, *arguments):
            trace.append(arguments)

    user = Shopper(environment)
    browsing = Browsing(user)
    browsing.execute_task(Browsing.bound)
    browsing.execute_task(browsing.bound)
    browsing.execute_task(user.bound)
    browsing.execute_task(partial(lambda text, argument: trace.append((text, argument)), "partial"))
    DefaultTaskSet(user).execute_task(Shopper.bound)
    DefaultTaskSet(user).execute_task(lambda argument: trace.append(argument))
    assert trace == [(), (), (browsing,), ("partial", browsing), (), user]


def test_scheduled_tasks_come_before_picked_ones(environment, trace):
    class Sequence(SequentialTaskSet):
        @task
        def first(self):
            trace.append("first")
            self.schedule_task(self.later)
            self.schedule_task(Sequence.last)
            self.schedule_task(self.soon, first=True)

        @task
        def second(self):
            raise StopUser

        def soon(self):
            trace.append("soon")

        def later(self):
            trace.append("later")

        def last(self):
            trace.append("last")

    class Shopper(User):
        tasks = [Sequence]

    Shopper(environment).run()
    assert trace == ["first", "soon", "later", "last"]
    assert len(environment.runtime.naps) == 4


def test_the_queue_of_a_task_set_may_be_emptied(environment):
    task_set = TaskSet(User(environment))
    assert len(task_set._task_queue) == 0
    task_set.schedule_task(buy)
    task_set._task_queue.clear()
    with pytest.raises(Exception, match="No tasks defined"):
        task_set.execute_next_task()
