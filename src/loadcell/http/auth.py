"""Authentication: what `auth=` may be, and the view of a request that a callable given there gets."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from loadcell.http.failures import NeedsRequests
from loadcell.http.headers import Headers
from loadcell.http.url import split

Hook = Callable[..., Any]
_OF_REQUESTS = frozenset(
    f"prepare_{part}" for part in ("auth", "body", "content_length", "cookies", "headers", "hooks", "method", "url")
)


class PreparedRequest:
    """A request about to be sent, open to changes by an authentication callable."""

    def __init__(self, method: str, url: str, headers: Mapping[str, Any] | None = None, body: Any = None) -> None:
        self.method = method
        self.url = url
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.body = body
        self.hooks: dict[str, list[Hook]] = {"response": []}

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """What isinstance() takes it for besides what it is: the PreparedRequest of requests, where that is loaded."""
        return getattr(sys.modules.get("requests"), "PreparedRequest", type(self))

    def __getattr__(self, name: str) -> Any:
        if name in _OF_REQUESTS:
            raise NeedsRequests(f"An authentication that calls {name}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def path_url(self) -> str:
        """Path and query of the URL."""
        return split(self.url).target

    def register_hook(self, event: str, hook: Hook) -> None:
        """Have `hook` called with the response; the only event is "response"."""
        if event not in self.hooks:
            raise ValueError(f'There is no event {event!r} of a request, only "response".')
        self.hooks[event].append(hook)

    def copy(self) -> PreparedRequest:
        """A request of its own with the same content."""
        request = PreparedRequest(self.method, self.url, self.headers.copy(), self.body)
        request.hooks = {event: list(hooks) for event, hooks in self.hooks.items()}
        return request

    def __repr__(self) -> str:
        return f"<PreparedRequest [{self.method}]>"


def basic(username: Any, password: Any) -> str:
    """The Authorization header's value for basic authentication."""
    credentials = b":".join((_octets(username), _octets(password)))
    return "Basic " + b64encode(credentials).decode("ascii")


def apply(auth: Any, request: PreparedRequest) -> PreparedRequest:
    """Authenticate a request with a (username, password) tuple or a callable; returns the request to send."""
    if auth is None:
        return request
    if isinstance(auth, (tuple, list)) and len(auth) == 2:
        request.headers["Authorization"] = basic(*auth)
        return request
    if not callable(auth):
        raise TypeError(f"auth must be a (username, password) tuple or a callable, not {type(auth).__name__}.")
    result = auth(request)
    if not hasattr(result, "headers"):
        raise TypeError(f"The auth callable {auth!r} must return the request it was given, not {result!r}.")
    if getattr(result, "hooks", {}).get("response"):
        raise NeedsRequests(f"The authentication {type(auth).__name__}, which wants to see the response,")
    return result  # type: ignore[no-any-return]


def _octets(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    text = str(value)
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")
