"""FastHttpUser and its client."""

from loadcell.http.failures import LocustBadStatusCode
from loadcell.http.response import FastResponse
from loadcell.http.response import FastResponse as ResponseContextManager
from loadcell.http.session import FastSession as FastHttpSession
from loadcell.scenario.user import FastHttpUser

__all__ = ["FastHttpSession", "FastHttpUser", "FastResponse", "LocustBadStatusCode", "ResponseContextManager"]
