"""What the service calls itself, read from an answer that is remembered anyway."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from loadcell.http.headers import parse_block
from loadcell.http.transport import Transport
from loadcell.http.url import InvalidURL
from loadcell.messages import clean

_MOST_OF_HEADER = 200


def what_was_seen(hosts: Iterable[str], transport: Transport) -> dict[str, str]:
    """`http_version` and perhaps `server_header` of the first host that has answered; empty if none has."""
    for host in hosts:
        head = None
        with suppress(InvalidURL):  # Its first request will tell.
            head = transport.head_of(transport.target(host, "").origin)
        if head is not None:
            status_line, _, lines = head.raw.partition(b"\r\n")
            found = {"http_version": status_line[5:8].decode("latin-1")}
            if server := parse_block(lines).get("server"):
                found["server_header"] = clean(server)[:_MOST_OF_HEADER]
            return found
    return {}
