"""Messages between processes. Loadcell's processes talk over their own link; `Message` is what listeners get."""

from __future__ import annotations

from typing import Any, NoReturn

from loadcell.compat.locust.runners import Message
from loadcell.scenario.exceptions import RPCError

__all__ = ["Client", "Message", "Server"]


class _NoSocket:
    def __init__(self, *_: Any, **__: Any) -> None:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise RPCError(
            "Loadcell does not speak Locust's protocol between machines: use `loadcell run --processes N`, "
            "and runner.send_message() for messages between its processes."
        )


class Client(_NoSocket):
    """Refused with an RPCError that says what to use."""


class Server(_NoSocket):
    """Refused with an RPCError that says what to use."""
