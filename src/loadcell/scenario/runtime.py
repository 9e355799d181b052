"""What a scenario's code needs of the process that runs it; found at `environment.runtime`."""

from __future__ import annotations

from typing import Any, Protocol


class Runtime(Protocol):
    """Time that passes and clients, handed in."""

    @property
    def killed(self) -> type[BaseException]:
        """What is thrown into a user that must end at once; nothing but `on_stop` runs after it."""

    def sleep(self, seconds: float) -> None:
        """Let other users run for `seconds`; 0 only yields."""

    def http_session(self, user: Any) -> Any:
        """The client of an HttpUser, made from the user's attributes."""

    def fast_http_session(self, user: Any) -> Any:
        """The client of a FastHttpUser, made from the user's attributes."""
