"""FastHttpUser and its client."""

from __future__ import annotations

import ssl

from loadcell.http.failures import LocustBadStatusCode
from loadcell.http.response import FastResponse
from loadcell.http.response import FastResponse as ErrorResponse
from loadcell.http.response import FastResponse as ResponseContextManager
from loadcell.http.response import FastResponse as RestResponseContextManager
from loadcell.http.session import FastSession as FastHttpSession
from loadcell.scenario.user import FastHttpUser

FAILURE_EXCEPTIONS = (ConnectionError, OSError, LocustBadStatusCode, TimeoutError)
"""What a request may fail with."""


def insecure_ssl_context_factory() -> ssl.SSLContext:
    """A context that any certificate will do for."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


__all__ = [
    "FAILURE_EXCEPTIONS",
    "ErrorResponse",
    "FastHttpSession",
    "FastHttpUser",
    "FastResponse",
    "LocustBadStatusCode",
    "ResponseContextManager",
    "RestResponseContextManager",
    "insecure_ssl_context_factory",
]
