"""FastHttpUser's client: other arguments, other names, and other statuses count as failure than with HttpUser's."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from loadcell.http import body as bodies
from loadcell.http.cookies import CookieJar
from loadcell.http.failures import LocustBadStatusCode, LocustError, NeedsRequests
from loadcell.http.headers import Headers
from loadcell.http.response import Response
from loadcell.http.session import Session
from loadcell.http.transport import Target, Transport

_SUCCESS = frozenset((*range(200, 209), 226, 301, 302, 303, 304, 307, 308))
_UTF8 = "; charset=utf-8"


class FastResponse(Response):
    """What one request of FastSession brought. Where its status counts as failure, `error` says so."""

    _error: BaseException | None = None
    _no_text = None
    _reader: io.BufferedReader | None = None

    @property
    def error(self) -> BaseException | None:
        """Why the request failed, as far as network and status tell."""
        if self._error is None and self.status_code not in _SUCCESS:
            self._error = LocustBadStatusCode(self.status_code, self.url)
        return self._error

    @error.setter
    def error(self, error: BaseException | None) -> None:
        self._error = error

    @property
    def ok(self) -> bool:
        """Whether the status is below 400, as it is without an answer."""
        return self.status_code < 400

    @property
    def stream(self) -> io.BufferedReader:
        """The decoded body as a file."""
        if self._reader is None:
            self._reader = io.BufferedReader(_Body(self._decoded_pieces()))
        return self._reader

    def read(self, n: int | None = None) -> bytes:
        """The next `n` bytes of the decoded body; None: all that is left."""
        return self.stream.read(-1 if n is None else n)

    def release(self) -> None:
        """Give up what of a streamed body was not read."""
        self.close()

    def info(self) -> Headers:
        """The headers."""
        return self.headers

    @property
    def data(self) -> bytes | None:
        """The body, decoded."""
        return self.content

    def iter_content(self, chunk_size: int | None = 1024, decode_content: bool = True) -> Iterator[Any]:
        """The body in pieces of at most `chunk_size` bytes; with `decode_content` those that are UTF-8 as text."""
        for piece in super().iter_content(chunk_size):
            try:
                yield piece.decode() if decode_content else piece
            except UnicodeDecodeError:
                yield piece

    def __enter__(self) -> Response:
        self._entered = self._report is not None
        return self


class ErrorResponse(FastResponse):
    """What stands for a response that did not come."""


class _Body(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


class UserAgent:
    """`client.client`: what of the client below a FastSession scenarios use."""

    def __init__(self, session: FastSession) -> None:
        self._session = session

    @property
    def clientpool(self) -> Any:
        """The connections; `close()` closes those that are idle."""
        return self._session.pool

    @property
    def cookiejar(self) -> CookieJar:
        return self._session.cookies

    @property
    def default_headers(self) -> Headers:
        """Headers of every request."""
        return self._session.headers

    @property
    def max_redirects(self) -> int:
        return self._session.max_redirects

    @max_redirects.setter
    def max_redirects(self, max_redirects: int) -> None:
        self._session.max_redirects = max_redirects

    @property
    def max_retries(self) -> int:
        return self._session.max_retries

    @max_retries.setter
    def max_retries(self, max_retries: int) -> None:
        self._session.max_retries = max_retries

    def close(self) -> None:
        """Close the idle connections."""
        self._session.close()


class FastSession(Session):
    """FastHttpUser's client; certificates are not verified unless asked."""

    response_class = FastResponse
    error_class = ErrorResponse
    verified = False

    def __init__(
        self,
        base_url: str,
        request_event: Any,
        user: Any,
        insecure: bool = True,
        client_pool: Any = None,
        ssl_context_factory: Callable[[], Any] | None = None,
        *,
        transport: Transport | None = None,
        headers: Any = None,
        connection_timeout: float | None = 60.0,
        network_timeout: float | None = 60.0,
        max_redirects: int = 30,
        max_retries: int = 0,
        proxy_host: str | None = None,
        **settings: Any,
    ) -> None:
        """`settings`: further ones of Locust's client, without meaning here."""
        if proxy_host:
            raise LocustError(
                "proxy_host is not supported by FastHttpUser; for a proxy derive the user from RequestsUser (from "
                "loadcell.compat import RequestsUser) and set client.proxies."
            )
        super().__init__(
            base_url,
            request_event,
            user,
            transport,
            pool_manager=client_pool,
            connect_timeout=connection_timeout,
            read_timeout=network_timeout,
        )
        self.max_redirects = max_redirects
        self.max_retries = max_retries
        self.verify = not insecure
        if ssl_context_factory is not None:
            self.tls_context = ssl_context_factory()
        if headers:
            self.headers.update(headers)

    @property
    def client(self) -> UserAgent:
        """The client below."""
        return UserAgent(self)

    @property
    def cookiejar(self) -> CookieJar:
        """The cookies that services have set."""
        return self.cookies

    def _as_requests(self, what: str) -> Any:
        raise NeedsRequests(what)

    def head(self, url: str, **options: Any) -> Response:
        """Send a HEAD; redirects are followed."""
        return self.request("HEAD", url, **options)

    def iter_lines(self, url: str, method: str = "GET", **options: Any) -> Iterator[str]:
        """Send a request and give the lines of the answer as they come; raises what makes the request a failure."""
        response = self.request(method, url, stream=True, **options)
        response.raise_for_status()
        rest = ""
        for piece in response.iter_content(1024):
            text = piece if isinstance(piece, str) else piece.decode("utf-8", "replace")
            *lines, rest = (rest + text).split("\n")
            yield from lines
        if rest:
            yield rest

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        name: str | None = None,
        data: Any = None,
        catch_response: bool = False,
        stream: bool = False,
        headers: Any = None,
        auth: Any = None,
        json: Any = None,
        allow_redirects: bool = True,
        context: dict[str, Any] | None = None,
        *,
        params: Any = None,
        files: Any = None,
        max_retries: int | None = None,
        max_redirects: int | None = None,
        debug_stream: Any = None,
        **unknown: Any,
    ) -> Response:
        """Send a request, count it, and return the answer.

        With `catch_response` the request is counted when the with-block around the response ends. `unknown` keywords
        become fields of a POST's form or parameters of the query, as in Locust; a warning says so once for each.
        `debug_stream` is written what was sent and what came.
        """
        started = self.now()
        method = method.upper()
        if unknown:
            data, params = _with_unknown(method, data, params, unknown, has_json=json is not None)
        target = self._target(url, params)
        options = self._default_options()
        options.catch_response = catch_response
        options.context = context
        options.allow_redirects = allow_redirects and max_redirects != 0 and self.max_redirects != 0
        options.stream = stream
        options.max_retries = max_retries
        options.max_redirects = max_redirects
        options.auth = auth or self._auth or target.url.userinfo
        name = name or self.request_name or url
        response = self._perform(method, target, name, options, headers, (data, json, files), started)
        if debug_stream is not None:
            debug_stream.write(_conversation(response))
        return response

    def shown_url(self, target: Target) -> str:
        return target.text or target.url.absolute

    def failure_of(self, response: Response, name: str) -> BaseException | None:
        return None  # FastResponse.error has told.

    def _default_name(self, target: Target, url: str) -> str:
        return url

    @staticmethod
    def _encode(data: Any = None, json: Any = None, files: Any = None) -> bodies.Body:
        """As other bodies, but each says of what type it is."""
        body = bodies.encode(data, json, files)
        if files or not data:
            return body
        if isinstance(data, str):
            return bodies.Body(body.content, f"text/plain{_UTF8}")
        return bodies.Body(body.content, f"{body.content_type}{_UTF8}" if body.content_type else "application/octet-stream")


def _with_unknown(method: str, data: Any, params: Any, unknown: Mapping[str, Any], has_json: bool) -> tuple[Any, Any]:
    """Data and parameters with the keywords that nobody knows, where Locust's client puts them."""
    if method == "POST":
        takes = not has_json and (not data or isinstance(data, dict))
        became = "a field of the form" if takes else "nothing"
        data = {**(data or {}), **unknown} if takes else data
    else:
        takes = params is None or isinstance(params, dict)
        became = "a parameter of the query" if takes else "nothing"
        params = {**(params or {}), **unknown} if takes else params
    for keyword in unknown:
        _warn_of(keyword, became)
    return data, params


@cache
def _warn_of(keyword: str, became: str) -> None:
    instead = {
        "timeout": "; set network_timeout and connection_timeout on the class",
        "verify": "; set insecure on the class",
        "cookies": "; use client.cookiejar, or a Cookie header",
    }.get(keyword, "; use params= or data=")
    logging.getLogger(__name__).warning(
        "FastHttpUser's client does not know the keyword %s=, which became %s%s, or derive the user from HttpUser.",
        keyword,
        became,
        instead,
    )


def _conversation(response: Response) -> str:
    request = response.request
    sent = [
        f"{request.method} {request.path_url} HTTP/1.1",
        *(f"{name}: {value}" for name, value in request.headers.items()),
    ]
    body = (request.body or b"").decode("utf-8", "replace")
    lines = [f"REQUEST: {response.url}", *sent, "", body, ""]
    if response.status_code:
        came = [f"{name}: {value}" for name, value in response.headers.items()]
        lines += [f"RESPONSE: HTTP/1.1 {response.status_code}", *came, "", response.text or "", "", ""]
    else:
        lines += [f"RESPONSE: none, {response.error!r}", "", ""]
    return "\n".join(lines)
