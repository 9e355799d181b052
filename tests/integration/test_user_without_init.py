"""A user class whose __init__ forgets its base class."""

from __future__ import annotations

from typing import Any

from loadcell.compat.locust.env import Environment
from loadcell.scenario import User, task


class Forgetful(User):
    def __init__(self, *args: Any) -> None: ...

    @task
    def never(self) -> None: ...


def test_it_is_counted_as_an_exception_that_says_what_is_missing() -> None:
    runner = Environment(user_classes=[Forgetful]).create_local_runner()
    assert runner.spawn_users({"Forgetful": 1}) == []
    (row,) = runner.exceptions.values()
    assert row["msg"] == "Forgetful has no environment: its __init__ must call super().__init__(environment)"
    runner.quit()
