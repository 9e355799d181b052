"""--read-only: requests whose methods may change data are not sent."""

from __future__ import annotations

from loadcell.http.wire import Head

READING = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
"""The methods that change nothing, as HTTP has it (RFC 9110, 9.2.1)."""
STATUS = 204
REASON = "Left Out"
_RAW = f"HTTP/1.1 {STATUS} {REASON}".encode()


def stand_in() -> Head:
    """The head of the answer that a request gets which was left out.

    A success without content: it is what lets most scenarios go on, whether they check the status or look for an error.
    """
    return Head(_RAW, STATUS, REASON, 0, True)
