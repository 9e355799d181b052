"""httpx, sync and async: a call's time, and the part of it until a connection was there."""

from __future__ import annotations

import importlib
from typing import Any

from loadcell_probe.counters import Counters
from loadcell_probe.ledger import HTTP, HTTP_WAIT, enter, leave
from loadcell_probe.patches.wrapping import wrap

LIBRARY = "httpx"
TRACE = "trace"  # the extension of a request by which httpcore tells of its steps
SENDING = "send_request_headers.started"  # the end of the name of the first one on a connection


def apply(counters: Counters) -> None:
    """Patch the clients for the whole call, and the transports for the wait."""
    httpx: Any = importlib.import_module("httpx")

    def send(_: Any, request: Any, *__: Any, **___: Any) -> Any:
        return request, enter(HTTP)

    def sent(state: Any, _: Any, failed: bool) -> None:
        request, entered = state
        nanoseconds = leave(entered, HTTP)
        row = counters.host(LIBRARY, _host(request))
        row[0] += nanoseconds
        row[1] += 1
        row[3] += failed

    def handle(_: Any, request: Any) -> Any:
        return _Wait(counters, request, asynchronous=False)

    def handle_async(_: Any, request: Any) -> Any:
        return _Wait(counters, request, asynchronous=True)

    def handled(wait: Any, _: Any, __: bool) -> None:
        wait.over()

    wrap(counters, httpx.AsyncClient, "send", send, sent)
    wrap(counters, httpx.Client, "send", send, sent)
    wrap(counters, httpx.AsyncHTTPTransport, "handle_async_request", handle_async, handled)
    wrap(counters, httpx.HTTPTransport, "handle_request", handle, handled)


class _Wait:
    """The interval from the call of a transport to the first byte sent. Who traces the request already is told as before."""

    def __init__(self, counters: Counters, request: Any, *, asynchronous: bool) -> None:
        self._counters = counters
        self._request = request
        self._told = request.extensions.get(TRACE)
        self._entered: Any = enter(HTTP_WAIT)
        request.extensions[TRACE] = self._async_trace if asynchronous else self._trace

    def over(self) -> None:
        """Leave the request as it was: it may be sent again."""
        self._end()
        if self._told is None:
            self._request.extensions.pop(TRACE, None)
        else:
            self._request.extensions[TRACE] = self._told

    def _end(self) -> None:
        entered, self._entered = self._entered, None
        if entered is not None:
            self._counters.host(LIBRARY, _host(self._request))[2] += leave(entered, HTTP_WAIT)

    def _trace(self, name: str, info: dict[str, Any]) -> None:
        if name.endswith(SENDING):
            self._end()
        if self._told is not None:
            self._told(name, info)

    async def _async_trace(self, name: str, info: dict[str, Any]) -> None:
        if name.endswith(SENDING):
            self._end()
        if self._told is not None:
            await self._told(name, info)


def _host(request: Any) -> str:
    name: str = request.url.netloc.decode("ascii", "replace")
    return name
