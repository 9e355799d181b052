"""Operations that a scenario leaves alone: what ends a session or the service, or deletes what others have made. Pure."""

from __future__ import annotations

from itertools import pairwise

from loadcell.scaffold.logins import Access, is_password
from loadcell.scaffold.naming import words
from loadcell.scaffold.operations import Operation
from loadcell.scaffold.schemas import Schemas

_LEAVING = frozenset(("logout", "signout", "logoff"))
_SESSIONS = frozenset(("auth", "login", "session", "sessions", "token", "tokens"))
_DELETING = frozenset(("delete", "destroy", "remove", "unsubscribe"))
_EMPTYING = frozenset(("flush", "purge", "truncate", "wipe"))
_ENDING = frozenset(("halt", "poweroff", "reboot", "restart", "shutdown"))


def why_left_alone(operation: Operation, access: Access, schemas: Schemas) -> str:
    """What speaks against asking for it, as far as its names tell; empty where nothing does."""
    last = words(operation.path.rstrip("/").rpartition("/")[2])
    told = {*last, *words(operation.id)}
    if not _LEAVING.isdisjoint({*_joined(last), *_joined(words(operation.id))}):
        return "it ends the session"
    if operation.path_parameters:
        alone = not operation.reads and access.has_password and any(map(is_password, last))
        if operation.method != "DELETE" and last[:1] and last[0] in _DELETING:
            return "by its name it deletes something"
        return "it may change the password that is logged in with" if alone else ""
    if operation.method == "DELETE" and not _SESSIONS.isdisjoint(last):
        return "it ends the session"
    if not _ENDING.isdisjoint(told):
        return "by its name it ends the service"
    if operation.method == "DELETE" or not _EMPTYING.isdisjoint(last) or not _DELETING.isdisjoint(last):
        return "it may delete what the scenario has not made"
    if not operation.reads and access.has_password and (any(map(is_password, last)) or _changes_a_login(operation, schemas)):
        return "it may change what is logged in with"
    return ""


def _joined(parts: list[str]) -> set[str]:
    """The words, and each two that follow one another as one: `log_out`."""
    return {*parts, *(one + other for one, other in pairwise(parts))}


def _changes_a_login(operation: Operation, schemas: Schemas) -> bool:
    """Whether it changes a password, or the name that goes with one, of whoever is logged in."""
    if operation.method not in ("PUT", "PATCH") or operation.body is None:
        return False
    names = [str(name) for name in schemas.shape(operation.body.schema).schema.get("properties") or {}]
    return any(is_password(name) or "".join(words(name)) == "username" for name in names)
