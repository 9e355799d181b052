"""URLs as a client needs them: where to connect, what to send, and where a redirect leads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode, urljoin

_DEFAULT_PORTS = {"http": 80, "https": 443, "http+unix": 0}
_URL = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^\\/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?\Z", re.DOTALL)
_HOST_PORT = re.compile(r"(?:\[([^\[\]]*)\]|([^\[\]:]*))(?::([0-9]*))?\Z")
_NOT_IN_HOST = re.compile(r"[\x00-\x20\x7f\"%<>^`{|}]")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_CLEAN = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/?]*\Z")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_USERINFO_SAFE = "!$&'()*+,;=:"
_PATH_SAFE = _USERINFO_SAFE + "@/"
_QUERY_SAFE = _PATH_SAFE + "?"


class InvalidURL(ValueError):
    """The URL can't be requested."""


class MissingSchema(InvalidURL):
    """The URL does not begin with a scheme."""


class InvalidSchema(InvalidURL):
    """The URL begins with a scheme that is not spoken here."""


class _Site(NamedTuple):
    host: str
    port: int
    userinfo: tuple[str, str] | None
    authority: str
    base: str


class Url(NamedTuple):
    """A URL taken apart. For `http+unix` the host is the path of the socket and the port is 0."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query as they go on the wire."""
    fragment: str
    userinfo: tuple[str, str] | None
    """Username and password, unquoted."""
    origin: tuple[str, str, int]
    """Scheme, host and port: the key under which connections can be shared."""
    authority: str
    """The value of the Host header."""
    base: str
    """What stands before the path: scheme, userinfo, host and port."""

    @property
    def absolute(self) -> str:
        """The whole URL as text, fragment included."""
        return f"{self.base}{self.target}#{self.fragment}" if self.fragment else self.base + self.target

    def with_params(self, params: Any) -> Url:
        """The same URL with `params` added to its query."""
        return self._replace(target=with_params(self.target, params)) if params else self


@lru_cache(maxsize=4096)
def split(url: str) -> Url:
    """Take a URL apart and percent-encode what must be; raises InvalidURL."""
    match = _URL.match(url.lstrip())
    scheme, netloc, path, query, fragment = match.groups() if match else (None, None, url, None, None)
    if scheme is None:
        raise MissingSchema(f"The URL {url!r} does not begin with http:// or https://.")
    scheme = scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise InvalidSchema(f"The URL {url!r} does not begin with http:// or https://.")
    if not netloc:
        raise InvalidURL(f"The URL {url!r} has no host.")
    site = _site(scheme, netloc)
    target = _path(path)
    if query:
        target = f"{target}?{_quote(query, _QUERY_SAFE)}"
    origin = (scheme, site.host, site.port)
    fragment = _quote(fragment, _QUERY_SAFE) if fragment else ""
    return Url(scheme, site.host, site.port, target, fragment, site.userinfo, origin, site.authority, site.base)


@lru_cache(maxsize=4096)
def resolve(base: Url, location: str) -> Url:
    """Where a Location header leads that was received from `base`; raises InvalidURL.

    The fragment of `base` is kept unless the location brings its own.
    """
    location = _as_utf8(location).strip()
    if location.startswith("//"):
        location = f"{base.scheme}:{location}"
    match = _URL.match(location)
    if match and match[1]:
        url = split(location)
    else:
        # A stand-in for the real host, because urljoin knows only the common schemes.
        joined = urljoin(f"http://h{base.target}", location)
        url = split(base.base + joined.removeprefix("http://h"))
    return url if url.fragment else url._replace(fragment=base.fragment)


def with_params(target: str, params: Any) -> str:
    """Add `params` to the query of a request target.

    `params` is text, bytes, a mapping or pairs; a value may be a list; values of None are left out.
    """
    if isinstance(params, bytes):
        params = params.decode("utf-8")
    if isinstance(params, str):
        query = _quote(params.partition("#")[0], _QUERY_SAFE + "[]")
    else:
        query = encode_pairs(params) if params is not None else ""
    if not query:
        return target
    return f"{target}{'&' if '?' in target else '?'}{query}"


def encode_pairs(data: Mapping[Any, Any] | Iterable[Any]) -> str:
    """Encode pairs as `application/x-www-form-urlencoded`; raises TypeError or ValueError for what are none."""
    return urlencode([(_utf8(name), _utf8(value)) for name, value in flat_pairs(data)], doseq=True)


def flat_pairs(data: Mapping[Any, Any] | Iterable[Any]) -> list[tuple[Any, Any]]:
    """One pair per value: lists of values are spread, values of None left out."""
    pairs = data.items() if isinstance(data, Mapping) else data
    if not hasattr(pairs, "__iter__"):
        raise TypeError(f"Expected a dictionary or pairs of a name and a value, not {data!r}.")
    flat: list[tuple[Any, Any]] = []
    for pair in pairs:
        try:
            name, values = pair
        except (TypeError, ValueError):
            raise ValueError(f"Expected a pair of a name and a value, not {pair!r}.") from None
        if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
            values = (values,)
        flat.extend((name, value) for value in values if value is not None)
    return flat


@lru_cache(maxsize=1024)
def _site(scheme: str, netloc: str) -> _Site:
    raw_userinfo, at, host_port = netloc.rpartition("@")
    shown_userinfo = _quote(raw_userinfo.replace("@", "%40"), _USERINFO_SAFE)
    prefix = f"{scheme}://{shown_userinfo}{at}" if raw_userinfo else f"{scheme}://"
    userinfo = _userinfo(raw_userinfo)
    if scheme == "http+unix":
        return _Site(unquote(host_port), 0, userinfo, "localhost", prefix + host_port)
    match = _HOST_PORT.match(host_port)
    if match is None:
        raise InvalidURL(f"{host_port!r} is not a valid host or port.")
    default = _DEFAULT_PORTS[scheme]
    port = int(match[3] or 0) or default
    if port > 65535:
        raise InvalidURL(f"The port {port} of {host_port!r} is larger than 65535.")
    host, shown, named = _ipv6(match[1]) if match[1] is not None else _host_name(match[2])
    authority = named if port == default else f"{named}:{port}"
    explicit_port = f":{port}" if match[3] and int(match[3]) else ""
    return _Site(host, port, userinfo, authority, f"{prefix}{shown}{explicit_port}")


def _userinfo(raw: str) -> tuple[str, str] | None:
    username, colon, password = raw.partition(":")
    return (unquote(username), unquote(password)) if colon and (username or password) else None


def _ipv6(text: str) -> tuple[str, str, str]:
    """The host to connect to, its form in a URL, and its form in the Host header, which has no zone."""
    from ipaddress import AddressValueError, IPv6Address

    address, percent, zone = text.lower().partition("%")
    zone = zone.removeprefix("25")
    try:
        IPv6Address(address)
    except AddressValueError:
        raise InvalidURL(f"'[{text}]' is not a valid IPv6 address.") from None
    if not percent:
        return address, f"[{address}]", f"[{address}]"
    return f"{address}%{zone}", f"[{address}%25{zone}]", f"[{address}]"


def _host_name(text: str) -> tuple[str, str, str]:
    if not text:
        raise InvalidURL("The URL has no host.")
    if _NOT_IN_HOST.search(text):
        raise InvalidURL(f"The host {text!r} contains a character that no host name has.")
    host = text.lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise InvalidURL(f"{text!r} is not a valid host name.") from None
    labels = host.removesuffix(".").split(".")
    if host.startswith("*") or not all(0 < len(label) < 64 for label in labels):
        raise InvalidURL(f"{text!r} is not a valid host name.")
    return host, host, host


def _path(path: str) -> str:
    if not path.startswith("/"):
        path = "/" + path
    if "/." in path:
        path = _without_dots(path)
    return _quote(path, _PATH_SAFE)


def _without_dots(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if kept:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if not kept or kept[0]:
        kept.insert(0, "")
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept) or "/"


def _quote(text: str, safe: str) -> str:
    """Percent-encode what is neither allowed nor encoded already, and decode what need not be encoded."""
    if _CLEAN.match(text):
        return text
    # One stray percent sign shows that the text was never encoded.
    if "%" in text and not _LONE_PERCENT.search(text):
        text = _ESCAPE.sub(_decode_unreserved, text)
        safe += "%"
    return quote(text, safe=safe, errors="surrogatepass")


def _decode_unreserved(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _as_utf8(text: str) -> str:
    """Text that was read as Latin-1 read again as UTF-8, if it is that."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _utf8(value: Any) -> Any:
    return value.encode("utf-8") if isinstance(value, str) else value
