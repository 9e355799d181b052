"""FastHttpUser and its client."""

import ssl
import zlib

from loadcell.http.failures import LocustBadStatusCode, RequestFailure
from loadcell.http.fast import ErrorResponse, FastResponse, UserAgent
from loadcell.http.fast import FastResponse as ResponseContextManager
from loadcell.http.fast import FastResponse as RestResponseContextManager
from loadcell.http.fast import FastSession as FastHttpSession
from loadcell.http.fast import UserAgent as LocustUserAgent
from loadcell.scenario.user import FastHttpUser

FAILURE_EXCEPTIONS = (RequestFailure, OSError, zlib.error)
"""What the network does to a request: counted as its failure, raised by nothing but `raise_for_status`."""


def insecure_ssl_context_factory() -> ssl.SSLContext:
    """A context that believes every certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
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
    "LocustUserAgent",
    "ResponseContextManager",
    "RestResponseContextManager",
    "UserAgent",
    "insecure_ssl_context_factory",
]
