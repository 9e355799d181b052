"""How a request can fail other than by the server's refusal; each names what happened in one clause."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any


class RequestFailure(Exception):
    """A request that got no usable answer; the text is what statistics show."""


class ConnectTimeout(RequestFailure, TimeoutError):
    """No connection within the time allowed."""


class ReadTimeout(RequestFailure, TimeoutError):
    """No answer, or no further byte of it, within the time allowed."""


class RemoteDisconnected(RequestFailure, ConnectionError):
    """The server closed the connection before it had answered."""


class TargetNotAllowed(RequestFailure):
    """Nothing was sent: the address is neither a private one nor one that the user says is theirs to test."""


class MalformedResponse(RequestFailure):
    """What came is no HTTP/1.x response."""


class ResponseTooLarge(RequestFailure):
    """The answer exceeds what one response may hold in memory."""


class InvalidRedirect(RequestFailure):
    """The server redirected to what can't be requested."""


class InvalidJSON(RequestFailure, ValueError):
    """What the scenario wants to send has no form in JSON."""


class TooManyRedirects(RequestFailure):
    """The server redirected more often than is followed."""


class HTTPError(RequestFailure):
    """The server answered with a status that counts as failure."""

    def __init__(self, message: str = "", response: object = None) -> None:
        super().__init__(message)
        self.response = response

    @property
    def request(self) -> Any:
        """The request that was answered so."""
        return getattr(self.response, "request", None)

    @request.setter
    def request(self, request: Any) -> None:
        pass  # requests' own class sets what is not known yet.


class LocustBadStatusCode(RequestFailure):
    """FastHttpUser's wording for a status that counts as failure."""

    def __init__(self, code: int, url: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.url = url

    def __repr__(self) -> str:
        return f"LocustBadStatusCode(code={self.code})"

    def __str__(self) -> str:
        return f"URL {self.url}: code={self.code}"


class LocustError(Exception):
    """Wrong use of the scenario API."""


class ResponseError(Exception):
    """Raised inside a catch_response block: the request has failed."""


class CatchResponseError(Exception):
    """What `response.failure("text")` becomes."""


_COUNTERPARTS = {
    "ConnectTimeout": "ConnectTimeout",
    "HTTPError": "HTTPError",
    "InvalidHeader": "InvalidHeader",
    "InvalidJSON": "InvalidJSONError",
    "InvalidRedirect": "InvalidURL",
    "InvalidSchema": "InvalidSchema",
    "InvalidURL": "InvalidURL",
    "MissingSchema": "MissingSchema",
    "ReadTimeout": "ReadTimeout",
    "SSLCertVerificationError": "SSLError",
    "SSLError": "SSLError",
    "TooManyRedirects": "TooManyRedirects",
}
"""Where requests has an exception of its own for what went wrong; for all else it has ConnectionError."""


def familiar(error: BaseException) -> BaseException:
    """The same error, of requests' class as well where the scenario has imported requests: it may catch it as such.

    Its name, its text and our own class stay as they are.
    """
    exceptions: Any = sys.modules.get("requests.exceptions")
    if exceptions is None or isinstance(error, (exceptions.RequestException, LocustBadStatusCode)):
        return error
    kind: Any = type(error)
    twin = _of_both(kind, getattr(exceptions, _COUNTERPARTS.get(kind.__name__, "ConnectionError")))
    known: BaseException = twin(*error.args)
    known.__dict__.update(error.__dict__)
    return known


@cache
def _of_both(ours: Any, theirs: Any) -> Any:
    bases = (theirs,) if issubclass(theirs, ours) else (ours, theirs)
    return type(ours.__name__, bases, {"__module__": ours.__module__})


def no_json(error: Any) -> Any:
    """What `response.json()` raises; of requests' class as well where the scenario has imported requests."""
    exceptions: Any = sys.modules.get("requests.exceptions")
    if exceptions is None or not hasattr(error, "doc"):
        return error
    return exceptions.JSONDecodeError(error.msg, error.doc, error.pos)


class NeedsRequests(LocustError, AttributeError):
    """Something that only requests itself can do was asked of a client that is not built on it."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            f"{what} is not supported by HttpUser; derive the user from RequestsUser instead, whose client is requests' "
            "own: from loadcell.compat import RequestsUser"
        )
