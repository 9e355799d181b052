"""Cookies as browsers keep them (RFC 6265), with the dictionary-like surface that users of `requests` know."""

from __future__ import annotations

import re
import sys
import time
from calendar import timegm
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any, ClassVar

from loadcell.http.url import split

MAX_COOKIES = 3000
MAX_PER_DOMAIN = 180
MAX_BYTES = 8192
_MAX_CACHED_HEADERS = 1024
_NEVER_IN_A_COOKIE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE_DELIMITERS = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)")
_DAY = re.compile(r"\d{1,2}(?!\d)")
_WHOLE_NUMBER = re.compile(r"-?\d+\Z")
_YEAR = re.compile(r"\d{2,4}(?!\d)")
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}\Z")
_LOCAL = ".local"
"""What the standard library's jar puts behind a host without a dot."""
_Key = tuple[str, str, str]


class CookieConflictError(RuntimeError):
    """Several cookies of that name are kept; say which with `domain` and `path`."""


@dataclass(slots=True)
class Cookie:
    """One cookie. Without a domain it is sent to every host; `expires` is in epoch seconds, None: with the session.

    It can stand in a jar of the standard library, and has what such a jar looks at.
    """

    name: str
    value: str
    domain: str = ""
    path: str = "/"
    secure: bool = False
    expires: float | None = None
    host_only: bool = False
    http_only: bool = False

    version: ClassVar[int] = 0
    port: ClassVar[str | None] = None
    port_specified: ClassVar[bool] = False
    path_specified: ClassVar[bool] = True
    comment: ClassVar[str | None] = None
    comment_url: ClassVar[str | None] = None
    rfc2109: ClassVar[bool] = False

    @property
    def domain_specified(self) -> bool:
        return bool(self.domain) and not self.host_only

    @property
    def domain_initial_dot(self) -> bool:
        return self.domain.startswith(".")

    @property
    def discard(self) -> bool:
        """Whether it ends with the session."""
        return self.expires is None

    @property
    def _rest(self) -> dict[str, None]:
        return {"HttpOnly": None} if self.http_only else {}

    def __copy__(self) -> Any:
        """The same as a cookie of the standard library, which is what requests' jar makes of it."""
        from http.cookiejar import Cookie as StandardCookie

        dotless = self.host_only and "." not in self.domain and ":" not in self.domain
        return StandardCookie(
            version=self.version,
            name=self.name,
            value=self.value,
            port=None,
            port_specified=False,
            domain=self.domain + _LOCAL if dotless else self.domain,
            domain_specified=self.domain_specified,
            domain_initial_dot=self.domain_initial_dot,
            path=self.path,
            path_specified=True,
            secure=self.secure,
            expires=None if self.expires is None else int(self.expires),
            discard=self.discard,
            comment=None,
            comment_url=None,
            rest=self._rest,  # type: ignore[arg-type]
        )

    def has_nonstandard_attr(self, name: str) -> bool:
        """Whether it came with that attribute, of those that the standard library has no name for."""
        return name in self._rest

    def get_nonstandard_attr(self, name: str, default: Any = None) -> Any:
        """The value of such an attribute."""
        return self._rest.get(name, default)

    def is_expired(self, now: float | None = None) -> bool:
        """Whether its time is over."""
        return self.expires is not None and self.expires <= (time.time() if now is None else now)

    def goes_to(self, host: str, path: str, secure: bool) -> bool:
        """Whether a request for that host and path carries it."""
        if self.secure and not secure:
            return False
        if self.domain and self.domain != host and (self.host_only or not _is_under(host, self.domain)):
            return False
        return _path_matches(path, self.path)


class CookieJar:
    """The cookies of one session, at most 3,000, 180 per domain, 8 KiB each; the oldest make room for new ones."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self.kept: dict[_Key, Cookie] = {}
        """All cookies, those that have expired meanwhile too; empty as long as none was ever set."""
        self._headers: dict[tuple[str, str, bool], tuple[str, float]] = {}
        self._paths_matter = False

    # What the session needs

    def absorb(
        self, set_cookie: Iterable[str], host: str, path: str, secure: bool = False, now: float | None = None
    ) -> None:
        """Take in the Set-Cookie headers of a response; `path` is the request's, with or without its query.

        What RFC 6265 refuses is ignored. A secure cookie is taken from any response, as `requests` does.
        """
        moment = self._now() if now is None else now
        for header in set_cookie:
            cookie = parse_set_cookie(header, host.lower(), path.partition("?")[0], moment)
            if cookie is None:
                continue
            if cookie.is_expired(moment):
                self._remove([cookie])
            else:
                self._store(cookie, moment)

    def header_for(self, host: str, path: str, secure: bool = False, now: float | None = None) -> str:
        """The Cookie header's value for a request, "" if there is none; `path` may carry a query."""
        key = (host, path if self._paths_matter else "", secure)
        cached = self._headers.get(key)
        # Most cookies last as long as the session: the clock is read only where one can expire.
        if cached is not None and (cached[1] == inf or (self._now() if now is None else now) < cached[1]):
            return cached[0]
        moment = self._now() if now is None else now
        path = path.partition("?")[0]
        host = host.lower()
        matching = [c for c in self.kept.values() if not c.is_expired(moment) and c.goes_to(host, path, secure)]
        matching.sort(key=lambda cookie: -len(cookie.path))
        value = "; ".join([f"{cookie.name}={cookie.value}" for cookie in matching])
        valid_until = min((cookie.expires for cookie in matching if cookie.expires is not None), default=inf)
        if len(self._headers) >= _MAX_CACHED_HEADERS:
            self._headers.clear()
        self._headers[key] = (value, valid_until)
        return value

    def __len__(self) -> int:
        """The number of cookies kept; may count some that have expired."""
        return len(self.kept)

    def __bool__(self) -> bool:
        return bool(self.kept)

    # What users know from `requests`

    def set(self, name: str, value: Any, **attributes: Any) -> Cookie | None:
        """Set a cookie; `domain`, `path`, `secure` and `expires` may be given. A value of None removes it."""
        if value is None:
            self._remove(self._find(name, attributes.get("domain"), attributes.get("path")))
            return None
        if hasattr(value, "coded_value"):
            return self._set_morsel(name, value)
        cookie = Cookie(
            str(name),
            str(value),
            domain=_bare_domain(attributes.get("domain")),
            path=attributes.get("path") or "/",
            secure=bool(attributes.get("secure")),
            expires=attributes.get("expires"),
        )
        if _NEVER_IN_A_COOKIE.search(cookie.name + cookie.value):
            raise ValueError(f"The cookie {cookie.name!r} contains a control character.")
        self._store(cookie, self._now())
        return cookie

    def set_cookie(self, cookie: Any) -> None:
        """Set a cookie from an object with a cookie's attributes, such as those of `http.cookiejar`."""
        if isinstance(cookie, Cookie):
            self._store(cookie, self._now())
        else:
            self.set(
                cookie.name,
                "" if cookie.value is None else cookie.value,
                domain=_without_local(cookie.domain),
                path=cookie.path,
                secure=cookie.secure,
                expires=cookie.expires,
            )

    def get(self, name: str, default: Any = None, domain: str | None = None, path: str | None = None) -> Any:
        """The value of a cookie, or `default`; raises CookieConflictError if several have that name."""
        found = self._find(name, domain, path)
        if len(found) > 1:
            raise CookieConflictError(f"{len(found)} cookies have the name {name!r}: give a domain and a path.")
        return found[0].value if found else default

    def pop(self, name: str, default: Any = None) -> Any:
        """Remove all cookies of that name; returns the value, or `default`."""
        value = self.get(name, default)
        del self[name]
        return value

    def keys(self) -> list[str]:
        """The names."""
        return [cookie.name for cookie in self]

    def values(self) -> list[str]:
        """The values."""
        return [cookie.value for cookie in self]

    def items(self) -> list[tuple[str, str]]:
        """Names and values."""
        return [(cookie.name, cookie.value) for cookie in self]

    def get_dict(self, domain: str | None = None, path: str | None = None) -> dict[str, str]:
        """Names and values of the cookies of that domain and path."""
        return {cookie.name: cookie.value for cookie in self._find(None, domain, path)}

    def list_domains(self) -> list[str]:
        """The domains, each once."""
        return list(dict.fromkeys(cookie.domain for cookie in self))

    def list_paths(self) -> list[str]:
        """The paths, each once."""
        return list(dict.fromkeys(cookie.path for cookie in self))

    def multiple_domains(self) -> bool:
        """Whether a domain has more than one cookie."""
        domains = [cookie.domain for cookie in self]
        return len(domains) > len(set(domains))

    def iterkeys(self) -> Iterator[str]:
        """The names."""
        return iter(self.keys())

    def itervalues(self) -> Iterator[str]:
        """The values."""
        return iter(self.values())

    def iteritems(self) -> Iterator[tuple[str, str]]:
        """Names and values."""
        return iter(self.items())

    def setdefault(self, name: str, default: Any = None) -> Any:
        """The value of a cookie, set to `default` where there is none."""
        if name not in self:
            self.set(name, default)
        return self.get(name)

    # What users, and requests itself, know from the standard library

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """What isinstance() takes it for besides what it is: the jar of requests, where that is loaded."""
        return getattr(sys.modules.get("requests.cookies"), "RequestsCookieJar", type(self))

    @property
    def _cookies(self) -> dict[str, dict[str, dict[str, Cookie]]]:
        found: dict[str, dict[str, dict[str, Cookie]]] = {}
        for cookie in self:
            found.setdefault(cookie.domain, {}).setdefault(cookie.path, {})[cookie.name] = cookie
        return found

    def add_cookie_header(self, request: Any) -> None:
        """Give a request of `urllib` its Cookie header."""
        url = split(request.get_full_url())
        cookie = self.header_for(url.host, url.target, url.scheme == "https")
        if cookie and not request.has_header("Cookie"):
            request.add_unredirected_header("Cookie", cookie)

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Take in what a response to a request of `urllib` sets."""
        url = split(request.get_full_url())
        self.absorb(response.info().get_all("Set-Cookie") or [], url.host, url.target, url.scheme == "https")

    def __reduce__(self) -> tuple[Any, ...]:
        return CookieJar._of, (list(self),)

    @classmethod
    def _of(cls, cookies: list[Cookie]) -> CookieJar:
        jar = cls()
        jar.update(cookies)
        return jar

    def clear_session_cookies(self) -> None:
        """Remove the cookies that end with the session."""
        self._remove([cookie for cookie in self if cookie.discard])

    def clear_expired_cookies(self) -> None:
        """Remove the cookies whose time is over."""
        now = self._now()
        self._remove([cookie for cookie in self.kept.values() if cookie.is_expired(now)])

    def update(self, other: Any = (), /, **more: Any) -> None:
        """Add the cookies of a jar, of a mapping of names to values, or of pairs."""
        if isinstance(other, CookieJar):
            for cookie in other:
                self.set_cookie(cookie)
        else:
            for item in other.items() if isinstance(other, Mapping) else other:
                if isinstance(item, tuple):
                    self.set(*item)
                else:
                    self.set_cookie(item)
        for name, value in more.items():
            self.set(name, value)

    def clear(self, domain: str | None = None, path: str | None = None, name: str | None = None) -> None:
        """Remove all cookies, or those of a domain, path and name; raises KeyError if those named are not there."""
        found = self._find(name, domain, path)
        if not found and (domain, path, name) != (None, None, None):
            raise KeyError(f"domain={domain!r}, path={path!r}, name={name!r}")
        self._remove(found)

    def copy(self) -> CookieJar:
        """A jar of its own with the same cookies."""
        jar = CookieJar(self._now)
        jar.kept = self.kept.copy()
        jar._paths_matter = self._paths_matter
        return jar

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return str(value)

    def __setitem__(self, name: str, value: Any) -> None:
        self.set(name, value)

    def __delitem__(self, name: str) -> None:
        self._remove(self._find(name))

    def __contains__(self, name: object) -> bool:
        return any(cookie.name == name for cookie in self)

    def __iter__(self) -> Iterator[Cookie]:
        """The cookies themselves, as in `requests`; the names are in `keys()`."""
        self._headers.clear()  # Who has a cookie may change it.
        now = self._now()
        return iter([cookie for cookie in self.kept.values() if not cookie.is_expired(now)])

    def __repr__(self) -> str:
        return f"<CookieJar{list(self)!r}>"

    # Inside

    def _find(self, name: str | None, domain: str | None = None, path: str | None = None) -> list[Cookie]:
        bare = None if domain is None else _bare_domain(domain)
        return [
            cookie
            for cookie in self
            if (name is None or cookie.name == name)
            and (bare is None or cookie.domain == bare)
            and (path is None or cookie.path == path)
        ]

    def _set_morsel(self, name: str, morsel: Any) -> Cookie | None:
        parsed = parse_set_cookie(morsel.OutputString(), _bare_domain(morsel["domain"]), "/", self._now())
        if parsed is None:
            raise ValueError(f"The cookie {name!r} can't be set from {morsel!r}.")
        cookie = replace(parsed, host_only=False)
        self._store(cookie, self._now())
        return cookie

    def _store(self, cookie: Cookie, now: float) -> None:
        if len(cookie.name) + len(cookie.value) > MAX_BYTES:
            return
        key = _key(cookie)
        if self.kept.get(key) == cookie:
            return
        if key not in self.kept:
            self._make_room(cookie.domain, now)
        # An existing key keeps its place, as the RFC asks: cookies are sent in the order of their creation.
        self.kept[key] = cookie
        self._paths_matter = self._paths_matter or cookie.path != "/"
        self._changed()

    def _make_room(self, domain: str, now: float) -> None:
        if not self._oldest_in_the_way(domain):
            return
        self.kept = {key: cookie for key, cookie in self.kept.items() if not cookie.is_expired(now)}
        if oldest := self._oldest_in_the_way(domain):
            del self.kept[oldest]

    def _oldest_in_the_way(self, domain: str) -> _Key | None:
        """The cookie that must go before another one of that domain can be kept."""
        if len(self.kept) < MAX_PER_DOMAIN:
            return None
        neighbours = [key for key in self.kept if key[0] == domain]
        if len(neighbours) >= MAX_PER_DOMAIN:
            return neighbours[0]
        return next(iter(self.kept)) if len(self.kept) >= MAX_COOKIES else None

    def _remove(self, cookies: Iterable[Cookie]) -> None:
        for cookie in cookies:
            self.kept.pop(_key(cookie), None)
        self._changed()

    def _changed(self) -> None:
        self._headers.clear()
        if not self.kept:
            self._paths_matter = False


def parse_set_cookie(header: str, host: str, path: str, now: float) -> Cookie | None:
    """Read one Set-Cookie header received from `host` for `path`; None if it must be ignored."""
    pair, *attributes = header.split(";")
    name, equals, value = pair.partition("=")
    name, value = name.strip(), value.strip()
    if not equals or not name or _NEVER_IN_A_COOKIE.search(header):
        return None
    given = {key.strip().lower(): text.strip() for key, _, text in (item.partition("=") for item in attributes)}
    domain = given.get("domain", "").removeprefix(".").lower()
    host_only = not domain or (domain == host and (_is_address(host) or "." not in host))
    if not host_only and (not _is_under(host, domain) or "." not in domain):
        return None
    own_path = given.get("path", "")
    return Cookie(
        name,
        value,
        domain=host if host_only else domain,
        path=own_path if own_path.startswith("/") else _default_path(path),
        secure="secure" in given,
        expires=_expiry(given, now),
        host_only=host_only,
        http_only="httponly" in given,
    )


def parse_date(text: str) -> float | None:
    """Read a cookie's date, however it is written, as seconds since the epoch; None if it is none."""
    clock: tuple[int, int, int] | None = None
    day = month = year = None
    for token in _DATE_DELIMITERS.split(text):
        if clock is None and (match := _TIME.match(token)):
            clock = (int(match[1]), int(match[2]), int(match[3]))
        elif day is None and (match := _DAY.match(token)):
            day = int(match[0])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (match := _YEAR.match(token)):
            year = int(match[0])
    if clock is None or day is None or month is None or year is None:
        return None
    if year < 100:
        year += 1900 if year >= 70 else 2000
    if not 1 <= day <= 31 or year < 1601 or clock[0] > 23 or clock[1] > 59 or clock[2] > 59:
        return None
    return float(timegm((year, month, day, *clock)))


def _expiry(attributes: Mapping[str, str], now: float) -> float | None:
    max_age = attributes.get("max-age", "")
    if _WHOLE_NUMBER.match(max_age):
        # What is already over is dated to the epoch's beginning; what lasts longer than a float can tell is cut.
        return 0.0 if max_age.startswith("-") else now + int(max_age[:12])
    return parse_date(attributes["expires"]) if "expires" in attributes else None


def _default_path(request_path: str) -> str:
    return request_path[: max(request_path.rfind("/"), 1)] if request_path.startswith("/") else "/"


def _path_matches(request_path: str, cookie_path: str) -> bool:
    if cookie_path == "/" or request_path == cookie_path:
        return True
    return request_path.startswith(cookie_path if cookie_path.endswith("/") else cookie_path + "/")


def _is_under(host: str, domain: str) -> bool:
    return host == domain or (host.endswith("." + domain) and not _is_address(host))


def _is_address(host: str) -> bool:
    return ":" in host or _IPV4.match(host) is not None


def _without_local(domain: str) -> str:
    host = domain.removesuffix(_LOCAL)
    return domain if "." in host else host


def _bare_domain(domain: str | None) -> str:
    return (domain or "").removeprefix(".").lower()


def _key(cookie: Cookie) -> _Key:
    return (cookie.domain, cookie.path, cookie.name)
