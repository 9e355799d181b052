"""Where a redirect leads, and what of the request goes there."""

from __future__ import annotations

from loadcell.http.failures import InvalidRedirect
from loadcell.http.transport import Target
from loadcell.http.url import Url, resolve

_SHOWN = 200


def target_of(before: Target, location: str) -> Target:
    """The target of a Location header; InvalidRedirect when it is nothing to be requested."""
    try:
        target = Target(resolve(before.url, location))
    except ValueError as error:
        raise InvalidRedirect(f"redirected to {location[:_SHOWN]!r}: {error}") from error
    if target.url.scheme == "http+unix" != before.url.scheme:
        raise InvalidRedirect(f"redirected from the network to the socket {target.url.host[:_SHOWN]!r}")
    return target


def method_after(status: int, method: str) -> str:
    """The method of the next request, changed as browsers and requests do."""
    if method != "HEAD" and (status in (302, 303) or (status == 301 and method == "POST")):
        return "GET"
    return method


def may_keep_credentials(before: Url, after: Url) -> bool:
    """Whether the next request goes to the same service, or from HTTP to HTTPS on the same host's standard ports."""
    if before.origin == after.origin:
        return True
    return before.host == after.host and before.origin[::2] == ("http", 80) and after.origin[::2] == ("https", 443)
