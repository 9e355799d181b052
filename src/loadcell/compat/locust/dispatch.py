"""How users are shared out: Loadcell does it by an exact apportionment of its own; the name is here for type hints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from loadcell.scenario.mix import UserMix
from loadcell.scenario.user import User


class UsersDispatcher:
    """Tells how many users of each class there are at each step of a ramp, evenly spaced, on `worker_nodes` in turn."""

    def __init__(self, worker_nodes: Sequence[Any], user_classes: Sequence[type[User]]) -> None:
        self._nodes = [str(node.id) for node in worker_nodes]
        self._mix = UserMix([(cls.__name__, cls.weight, cls.fixed_count) for cls in user_classes])
        self._names = [cls.__name__ for cls in user_classes]
        self._users = 0
        self._target = 0

    def new_dispatch(self, target_user_count: int, spawn_rate: float, user_classes: list[type[User]] | None = None) -> None:
        """Go to another number of users."""
        if user_classes is not None:
            self._mix = UserMix([(cls.__name__, cls.weight, cls.fixed_count) for cls in user_classes])
        self._target = target_user_count

    def __iter__(self) -> Iterator[dict[str, dict[str, int]]]:
        return self

    def __next__(self) -> dict[str, dict[str, int]]:
        if self._users == self._target:
            raise StopIteration
        self._users += 1 if self._users < self._target else -1
        found = {node: dict.fromkeys(self._names, 0) for node in self._nodes}
        for user in range(self._users):
            if (name := self._mix.class_of(user)) is not None:
                found[self._nodes[user % len(self._nodes)]][name] += 1
        return found


__all__ = ["UsersDispatcher"]
