from __future__ import annotations

import pytest

from loadcell.scenario import TaskSet, User, tag, task
from loadcell.scenario.tags import filter_tasks_by_tags


@pytest.fixture
def shopper():
    class Browsing(TaskSet):
        @tag("read")
        @task
        def look(self): ...

        @task(2)
        @tag("read", "slow")
        def search(self): ...

        @task
        def untagged(self): ...

    class Shopper(User):
        tasks = (Browsing,)

        @task
        @tag("write")
        def buy(self): ...

        @task
        def idle(self): ...

        @tag("staff")
        @task
        class Staff(TaskSet):
            @task
            def restock(self): ...

            @task
            @tag("slow")
            def count(self): ...

    return Shopper


def names(holder):
    return [(each.__name__, names(each)) if hasattr(each, "tasks") else each.__name__ for each in holder.tasks]


BROWSING = ["look", "search", "search", "untagged"]
STAFF = ["restock", "count"]


@pytest.mark.parametrize(
    ("tags", "exclude_tags", "left"),
    [
        (None, None, [("Browsing", BROWSING), "buy", "idle", ("Staff", STAFF)]),
        ({"read"}, None, [("Browsing", ["look", "search", "search"])]),
        ({"write", "look"}, None, ["buy"]),
        ({"slow"}, None, [("Browsing", ["search", "search"]), ("Staff", ["count"])]),
        ({"staff"}, None, [("Staff", STAFF)]),
        (None, {"read", "staff"}, [("Browsing", ["untagged"]), "buy", "idle"]),
        ({"read"}, {"slow"}, [("Browsing", ["look"])]),
        ({"read"}, {"read"}, []),
        ({"nowhere"}, None, []),
    ],
)
def test_which_tasks_are_left(shopper, tags, exclude_tags, left, caplog):
    filter_tasks_by_tags(shopper, tags, exclude_tags)
    assert names(shopper) == left
    assert ("Shopper had no tasks left after filtering" in caplog.text) == (not left)


def test_the_order_of_tag_and_task_does_not_matter(shopper):
    look, search = shopper.tasks[0].tasks[:2]
    assert look.locust_tag_set == {"read"}
    assert search.locust_tag_set == {"read", "slow"}


def test_tags_of_several_decorators_add_up():
    @tag("a")
    @tag("b", "c")
    def one(self): ...

    assert one.locust_tag_set == {"a", "b", "c"}


def test_tagging_a_task_set_tags_all_tasks_in_it(shopper):
    class Outer(TaskSet):
        tasks = (shopper.tasks[0],)

    assert tag("all")(Outer) is Outer
    assert all("all" in each.locust_tag_set for each in Outer.tasks[0].tasks)


def test_a_tag_needs_a_name():
    with pytest.raises(ValueError, match="No tag name"):
        tag()
    with pytest.raises(ValueError, match="No tag name"):
        tag(lambda user: None)
