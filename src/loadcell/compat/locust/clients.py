"""HttpUser's client."""

from loadcell.http.response import Response as LocustResponse
from loadcell.http.response import Response as ResponseContextManager
from loadcell.http.response import Response as RestResponseContextManager
from loadcell.http.session import Session as HttpSession

__all__ = ["HttpSession", "LocustResponse", "ResponseContextManager", "RestResponseContextManager"]
