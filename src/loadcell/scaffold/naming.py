"""Names for what is in a scenario: classes, methods and variables that a person would have chosen."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection

RESERVED = frozenset(
    (
        "abort_on_error", "abstract", "between", "client", "connection_timeout", "context", "datetime", "digits",
        "environment", "field", "fixed_count", "from_dict", "fullname", "greenlet", "group", "host", "html", "int",
        "interrupt", "json", "letters", "log_in", "max_wait", "min_wait", "network_timeout", "on_start", "on_stop", "os",
        "pool_manager", "random", "range", "re", "response", "rest", "rest_", "round", "run", "schedule_task", "self",
        "start", "state", "stop", "str", "string", "task", "tasks", "time", "timedelta", "token", "unquote", "user",
        "uuid", "values_of", "wait", "wait_function", "wait_time", "weight",
    )
)  # fmt: skip
"""Names that mean something to a user class, or are those of what scenarios use."""
_BORDERS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_ES = ("sses", "shes", "ches", "xes", "zes")


def words(text: str) -> list[str]:
    """The words of a text or of a name in any style, in small letters.

    >>> words("createUserOrder-v2")
    ['create', 'user', 'order', 'v2']
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return [word.lower() for word in _BORDERS.split(plain) if word]


def snake(text: str, otherwise: str = "value") -> str:
    """A name for a variable or a method; `otherwise` where the text has nothing to make one of."""
    name = "_".join(words(text)) or otherwise
    if name[0].isdigit():
        name = f"{otherwise}_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in RESERVED else name


def camel(text: str, otherwise: str = "Api") -> str:
    """A name for a class."""
    name = "".join(word.capitalize() for word in words(text)[:4])
    return name if name and not name[0].isdigit() else f"{otherwise}{name}"


def user(text: str) -> str:
    """A name for a class of users, unlike that of the class that it is made of."""
    name = f"{camel(text)}User"
    return "ApiUser" if name == "HttpUser" else name


def is_builtin(name: str) -> bool:
    """Whether Python itself calls something so."""
    return hasattr(builtins, name)


def constant(text: str) -> str:
    """A name for a constant or a variable of the environment."""
    return snake(text).strip("_").upper()


def singular(word: str) -> str:
    """What one of several is called, as far as the ending tells."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(_ES):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def plural(word: str) -> str:
    """What several are called, as far as the ending tells."""
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "z", "sh", "ch")) else f"{word}s"


def unused(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it if it is taken."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free
