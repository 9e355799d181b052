"""FastHttpUser and its client."""

from loadcell.http.failures import LocustBadStatusCode
from loadcell.http.fast import ErrorResponse, FastResponse, UserAgent
from loadcell.http.fast import FastResponse as ResponseContextManager
from loadcell.http.fast import FastResponse as RestResponseContextManager
from loadcell.http.fast import FastSession as FastHttpSession
from loadcell.http.fast import UserAgent as LocustUserAgent
from loadcell.scenario.user import FastHttpUser

__all__ = [
    "ErrorResponse",
    "FastHttpSession",
    "FastHttpUser",
    "FastResponse",
    "LocustBadStatusCode",
    "LocustUserAgent",
    "ResponseContextManager",
    "RestResponseContextManager",
    "UserAgent",
]
