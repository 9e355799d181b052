from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from loadcell.scenario import User, tag, task
from loadcell.scenario.markov import (
    InvalidTransitionError,
    MarkovTaskSet,
    MarkovTaskTagError,
    NoMarkovTasksError,
    NonMarkovTaskTransitionError,
    transition,
    transitions,
)
from loadcell.scenario.tags import filter_tasks_by_tags


class Chain(MarkovTaskSet):
    @transition("browse")
    def enter(self) -> None: ...

    @transitions([("enter", 1), ("buy", 3)])
    def browse(self) -> None: ...

    @transitions({"enter": 1})
    def buy(self) -> None: ...


class Visitor(User):
    tasks = [Chain]  # noqa: RUF012


def test_a_chain_begins_with_its_first_task_and_goes_the_ways_it_has(environment):
    chain = Chain(Visitor(environment))
    walked = [chain.get_next_task().__name__ for _ in range(400)]
    assert walked[:2] == ["enter", "browse"]
    steps = Counter(pairwise(walked))
    assert set(steps) == {("enter", "browse"), ("browse", "enter"), ("browse", "buy"), ("buy", "enter")}
    assert steps["browse", "buy"] > steps["browse", "enter"], "three times as often"


def test_each_user_walks_on_its_own(environment):
    first, second = Chain(Visitor(environment)), Chain(Visitor(environment))
    first.get_next_task()
    assert second.get_next_task().__name__ == "enter"


def test_a_chain_without_tasks_is_refused_unless_it_is_abstract():
    with pytest.raises(NoMarkovTasksError, match="No Markov tasks defined in class Empty"):
        type(MarkovTaskSet)("Empty", (MarkovTaskSet,), {})
    base = type(MarkovTaskSet)("Base", (MarkovTaskSet,), {"abstract": True})
    assert base.abstract is True
    assert Chain.abstract is False


def test_ways_that_lead_nowhere_are_refused():
    with pytest.raises(InvalidTransitionError, match="Transition to away from here is invalid"):

        class Nowhere(MarkovTaskSet):
            @transition("away")
            def here(self) -> None: ...

    with pytest.raises(NonMarkovTaskTransitionError, match=r"DeadEnd\.end cannot be used as a target"):

        class DeadEnd(MarkovTaskSet):
            @transition("end")
            def here(self) -> None: ...

            @task
            def end(self) -> None: ...


def test_tags_and_a_task_named_run_are_refused():
    with pytest.raises(MarkovTaskTagError, match=r"Tagged\.here: \{'slow'\}"):

        class Tagged(MarkovTaskSet):
            @tag("slow")
            @transition("here")
            def here(self) -> None: ...

    with pytest.raises(Exception, match="run"):

        class Running(MarkovTaskSet):
            @transition("run")
            def run(self) -> None: ...


def test_what_no_way_leads_to_is_warned_of(caplog):
    class Island(MarkovTaskSet):
        @transitions({"mainland": 1, "island": 0})
        def mainland(self) -> None: ...

        @transition("mainland")
        def island(self) -> None: ...

    assert Island.abstract is False
    assert "unreachable in class Island: {'island'}" in caplog.text


def test_no_choice_of_tags_leaves_a_chain_out(caplog):
    class Tagged(User):
        tasks = [Chain]  # noqa: RUF012

    filter_tasks_by_tags(Tagged, {"fast"}, {"slow"})
    assert Tagged.tasks == [Chain]
    assert caplog.text == ""
