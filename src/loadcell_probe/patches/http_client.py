"""http.client, by which requests, urllib3 and urllib.request call other services: the time until an answer begins."""

from __future__ import annotations

import importlib
from typing import Any

from loadcell_probe.counters import Counters
from loadcell_probe.ledger import HTTP, enter, leave
from loadcell_probe.patches.wrapping import wrap

LIBRARY = "http.client"
CALL = "_loadcell_call"


def apply(counters: Counters) -> None:
    """Patch the connection where a request begins, where its answer comes, and where it is given up."""
    connection_class: Any = importlib.import_module("http.client").HTTPConnection

    def request(connection: Any, *_: Any, **__: Any) -> None:
        given_up(connection)
        connection.__dict__[CALL] = enter(HTTP)

    def answer(connection: Any, *_: Any, **__: Any) -> Any:
        return connection, connection.__dict__.pop(CALL, None)  # taken away: it may close the connection itself

    def answered(state: Any, _: Any, failed: bool) -> None:
        connection, entered = state
        count(connection, entered, failed)

    def given_up(connection: Any, *_: Any, **__: Any) -> None:
        count(connection, connection.__dict__.pop(CALL, None), True)

    def count(connection: Any, entered: Any, failed: bool) -> None:
        if entered is None:
            return
        row = counters.host(LIBRARY, f"{connection.host}:{connection.port}")
        row[0] += leave(entered, HTTP)
        row[1] += 1
        row[3] += failed

    wrap(counters, connection_class, "putrequest", request, answered)
    wrap(counters, connection_class, "getresponse", answer, answered)
    wrap(counters, connection_class, "close", given_up, answered)
