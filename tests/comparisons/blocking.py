"""The shop with a blocking call in each request for an item."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from loadcell_shop.app import app as shop

BLOCKED_S = 0.004


async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """An ASGI application around the shop's."""
    if scope["type"] == "http" and scope["path"].startswith("/items"):
        time.sleep(BLOCKED_S)  # noqa: ASYNC251 - this is what is to be found
    await shop(scope, receive, send)
