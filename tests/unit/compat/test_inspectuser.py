"""Ratios of tasks as Locust prints them."""

from __future__ import annotations

import json

import pytest

from loadcell.compat.locust.user.inspectuser import get_ratio, print_task_ratio, print_task_ratio_json
from loadcell.scenario import TaskSet, User, task


class A(User):
    weight = 2

    @task(3)
    def a(self) -> None: ...

    @task
    class Nested(TaskSet):
        @task(2)
        def x(self) -> None: ...

        @task
        def y(self) -> None: ...


class B(User):
    @task
    def b(self) -> None: ...


def test_printed_as_an_indented_list(capsys: pytest.CaptureFixture[str]) -> None:
    print_task_ratio([A, B], 3, total=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line.rstrip() for line in lines] == [
        " 66.7       A",
        "   75.0       a",
        "   25.0       Nested",
        "     66.7       x",
        "     33.3       y",
        " 33.3       B",
        "   100.0      b",
    ]
    assert {len(line) for line in lines} == {62}


def test_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_task_ratio_json([A, B], 3)
    told = json.loads(capsys.readouterr().out)
    assert told["per_class"]["A"]["tasks"]["a"] == {"ratio": 0.75}
    assert told["total"]["A"]["tasks"]["Nested"]["tasks"]["x"]["ratio"] == pytest.approx(2 / 3 / 4 * 2 / 3)


def test_nobody_running_has_no_share() -> None:
    assert get_ratio([A], {}, total=True)["A"]["ratio"] == 0
