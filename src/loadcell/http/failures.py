"""How a request can fail other than by the server's refusal; each names what happened in one clause."""

from __future__ import annotations


class RequestFailure(Exception):
    """A request that got no usable answer; the text is what statistics show."""


class ConnectTimeout(RequestFailure, TimeoutError):
    """No connection within the time allowed."""


class ReadTimeout(RequestFailure, TimeoutError):
    """No answer, or no further byte of it, within the time allowed."""


class ConnectionClosed(RequestFailure, ConnectionError):
    """The server closed the connection before it had answered."""


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


class LocustBadStatusCode(RequestFailure):
    """FastHttpUser's wording for a status that counts as failure."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    def __repr__(self) -> str:
        return f"LocustBadStatusCode(code={self.code})"

    __str__ = __repr__


class LocustError(Exception):
    """Wrong use of the scenario API."""


class ResponseError(Exception):
    """Raised inside a catch_response block: the request has failed."""


class CatchResponseError(Exception):
    """What `response.failure("text")` becomes."""
