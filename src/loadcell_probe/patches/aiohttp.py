"""aiohttp's client: a call's time up to its headers, reading its body, and the part until a connection was there."""

from __future__ import annotations

import importlib
from typing import Any
from urllib.parse import urlsplit

from loadcell_probe.counters import Counters, Pool
from loadcell_probe.ledger import HTTP, HTTP_WAIT, enter, leave
from loadcell_probe.patches.pooling import Gets
from loadcell_probe.patches.wrapping import wrap

LIBRARY = "aiohttp"


def apply(counters: Counters) -> None:
    """Patch the classes of sessions, responses and connectors."""
    aiohttp: Any = importlib.import_module("aiohttp")

    def request(_: Any, __: str, url: Any, **___: Any) -> Any:
        return urlsplit(str(url)).netloc.rpartition("@")[2], enter(HTTP)

    def requested(state: Any, response: Any, failed: bool) -> None:
        host, entered = state
        nanoseconds = leave(entered, HTTP)
        row = counters.host(LIBRARY, host if failed else _host(response.url))
        row[0] += nanoseconds
        row[1] += 1
        row[3] += failed

    def read(response: Any) -> Any:
        return response, enter(HTTP)

    def has_read(state: Any, _: Any, __: bool) -> None:
        response, entered = state
        counters.host(LIBRARY, _host(response.url))[0] += leave(entered, HTTP)

    def connect(connector: Any, call: Any, *_: Any, **__: Any) -> Any:
        return connector, call, gets.begin(connector)

    def connected(state: Any, connection: Any, failed: bool) -> None:
        _connector, call, got = state
        pool: Pool = got[0]
        before = pool.get_time
        gets.end(got, connection, failed)
        counters.host(LIBRARY, _host(call.url))[2] += pool.get_time - before

    gets = Gets(HTTP_WAIT, lambda connector: counters.pool(connector, LIBRARY, _figures))
    wrap(counters, aiohttp.ClientSession, "_request", request, requested)
    wrap(counters, aiohttp.ClientResponse, "read", read, has_read)
    wrap(counters, aiohttp.BaseConnector, "connect", connect, connected)


def _host(url: Any) -> str:
    return f"{url.host}:{url.port}"


def _figures(connector: Any) -> dict[str, int | None]:
    return {"size": None, "max": connector.limit or None, "checked_out": len(connector._acquired)}
