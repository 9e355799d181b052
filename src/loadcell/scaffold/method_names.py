"""What the scenario's methods are called: as the author of an operation called it, else by what it does. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

from loadcell.scaffold.naming import singular, snake, unused, words
from loadcell.scaffold.operations import Operation

_LONGEST = 60
_VERBS = {"POST": "create", "PUT": "replace", "PATCH": "update", "DELETE": "delete", "HEAD": "check"}


def name_all(operations: Sequence[Operation]) -> dict[Operation, str]:
    """A name for each operation, none twice."""
    keys = {operation.key for operation in operations}
    names: dict[Operation, str] = {}
    for operation in operations:
        name = snake(_said(operation) or _described(operation, keys), "task")
        names[operation] = unused(name, set(names.values()))
    return names


def _said(operation: Operation) -> str:
    """The author's name; FastAPI puts path and method behind that of the function."""
    path = "".join(character if character.isalnum() else "_" for character in operation.own_path)
    name = operation.id.removesuffix(f"{path}_{operation.method.lower()}")
    return name if words(name) and len(name) <= _LONGEST else ""


def _described(operation: Operation, keys: Collection[str]) -> str:
    """What it does, in words: `get_author_books`, `return_loan`, `search_books`."""
    parts = [part for part in operation.own_path.split("/") if part] or ["root"]
    *before, last = [snake(part) for part in parts if "{" not in part] or ["root"]
    if "}:" in parts[-1]:
        return f"{parts[-1].rpartition(':')[2]}_{singular(last)}"
    posts, ends_with_parameter = operation.method == "POST", "{" in parts[-1]
    if posts and before and (operation.reads or "{" in parts[-2]) and singular(last) == last:
        return f"{last}_{before[-1] if operation.reads else singular(before[-1])}"
    above = [singular(snake(part)) for part, next_part in itertools.pairwise(parts) if "{" in next_part and "{" not in part]
    verb = _VERBS.get(operation.method, "list" if f"{operation.key}/{{}}" in keys else "get")
    noun = singular(last) if ends_with_parameter or posts else last
    return "_".join([verb, *(above[:-1] if ends_with_parameter else above), noun])
