"""What a user calls to send requests: the surface of requests' Session with Locust's additions; one sample per request.

A GET or POST without options takes `_plain`, whose every line is paid for per request; everything else takes `request`.
Both end in the same statistics and the same Response.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from loadcell.http import auth as authentication
from loadcell.http import body as bodies
from loadcell.http.call import Call, Options, Outgoing
from loadcell.http.connection import TRUSTED_S, Pool
from loadcell.http.cookies import CookieJar
from loadcell.http.failures import LocustBadStatusCode
from loadcell.http.headers import Headers, parse_block
from loadcell.http.network import FOREVER
from loadcell.http.response import Response, status_error
from loadcell.http.tls import Cert, Verify
from loadcell.http.transport import Target, Transport
from loadcell.http.url import Url, resolve
from loadcell.http.wire import Head

_FOLD_AT = 256
_DEFAULT_HEADERS = (
    ("User-Agent", "loadcell"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Accept", "*/*"),
    ("Connection", "keep-alive"),
)
_BODILESS = frozenset(("GET", "HEAD"))
_OF_THE_BODY = ("Content-Length", "Content-Type", "Transfer-Encoding")
Timeout = float | tuple[float | None, float | None] | None
_UNSET: Any = object()


class Session:
    """A user's HTTP client. Each request is counted once, redirects included; what the network does is never raised."""

    max_redirects = 30
    response_timeout = 600.0
    """No response may take longer than this, in s, however steadily its bytes trickle in."""

    def __init__(
        self,
        base_url: str,
        request_event: Any,
        user: Any,
        transport: Transport,
        *,
        pool: Pool | None = None,
        connect_timeout: float | None = 60.0,
        read_timeout: float | None = 60.0,
    ) -> None:
        self.base_url = base_url
        self.request_event = request_event
        self.user = user
        self.request_name: str | None = None
        self.cookies = CookieJar()
        self._headers = Headers(_DEFAULT_HEADERS)
        self._block = self._open_block = b""
        self._block_version = -1
        self._params: Any = None
        self._auth: Any = None
        self._verify: Verify = True
        self._cert: Cert = None
        self._simple = True
        self._connect_timeout = FOREVER if connect_timeout is None else connect_timeout
        self._read_timeout = FOREVER if read_timeout is None else read_timeout
        self.tls_context: ssl.SSLContext | None = None
        """A context of the scenario's own, instead of one made from `verify` and `cert`."""
        self.network = transport.network
        self.now = transport.network.now
        self.sink = transport.sink
        self.heads = transport.heads
        self.pool = pool or Pool()
        self._transport = transport
        self._targets = transport.targets_of(base_url)
        self._get_entries = transport.sink.entries_of("GET")
        self._known_head = transport.heads.get
        if base_url:
            self._auth = transport.target(base_url, "").url.userinfo
            self._settle()

    # Settings, as on requests' Session

    @property
    def headers(self) -> Headers:
        """Headers of every request; may be changed in place or replaced by any mapping."""
        return self._headers

    @headers.setter
    def headers(self, headers: Any) -> None:
        self._headers = headers if isinstance(headers, Headers) else Headers(headers)
        self._block_version = -1

    @property
    def params(self) -> Any:
        """Query parameters of every request."""
        return self._params

    @params.setter
    def params(self, params: Any) -> None:
        self._params = params
        self._settle()

    @property
    def auth(self) -> Any:
        """A (username, password) pair, or a callable that changes the request about to be sent."""
        return self._auth

    @auth.setter
    def auth(self, auth: Any) -> None:
        self._auth = auth
        self._settle()

    @property
    def verify(self) -> Verify:
        """Whether certificates are verified, or the CAs (file or folder) to verify them with."""
        return self._verify

    @verify.setter
    def verify(self, verify: Verify) -> None:
        self._verify = verify
        self._settle()

    @property
    def cert(self) -> Cert:
        """The client's certificate: a file, or a (certificate, key) pair of files."""
        return self._cert

    @cert.setter
    def cert(self, cert: Cert) -> None:
        self._cert = cert
        self._settle()

    def _settle(self) -> None:
        self._simple = not self._params and self._auth is None and self._cert is None

    @contextmanager
    def rename_request(self, name: str) -> Iterator[None]:
        """Count the requests of the block under `name`."""
        self.request_name = name
        try:
            yield
        finally:
            self.request_name = None

    def close(self) -> None:
        """Close the idle connections."""
        self.pool.close()

    # Requests

    def get(self, url: str, *, name: str | None = None, catch_response: bool = False, **options: Any) -> Response:
        """Send a GET; the options are those of `request`."""
        if options or not self._simple:
            return self.request("GET", url, name, catch_response, **options)
        return self._plain("GET", b"GET ", url, name, catch_response, bodies.EMPTY)

    def options(self, url: str, **options: Any) -> Response:
        """Send an OPTIONS."""
        return self.request("OPTIONS", url, **options)

    def head(self, url: str, **options: Any) -> Response:
        """Send a HEAD; redirects are not followed unless asked."""
        options.setdefault("allow_redirects", False)
        return self.request("HEAD", url, **options)

    def post(
        self,
        url: str,
        data: Any = None,
        json: Any = None,
        *,
        name: str | None = None,
        catch_response: bool = False,
        **options: Any,
    ) -> Response:
        """Send a POST."""
        if options or not self._simple:
            return self.request("POST", url, name, catch_response, data=data, json=json, **options)
        return self._plain("POST", b"POST ", url, name, catch_response, bodies.encode(data, json))

    def put(self, url: str, data: Any = None, **options: Any) -> Response:
        """Send a PUT."""
        return self.request("PUT", url, data=data, **options)

    def patch(self, url: str, data: Any = None, **options: Any) -> Response:
        """Send a PATCH."""
        return self.request("PATCH", url, data=data, **options)

    def delete(self, url: str, **options: Any) -> Response:
        """Send a DELETE."""
        return self.request("DELETE", url, **options)

    def _plain(
        self, method: str, verb: bytes, url: str, name: str | None, catch_response: bool, body: bodies.Body
    ) -> Response:
        now = self.now
        started = now()
        target = self._targets.get(url)
        if target is None:
            target = self._transport.target(self.base_url, url)
        if self._headers.version != self._block_version:
            self._compile_block()
        block = self._block
        if method != "GET" or self.cookies:
            block = self._extended_block(method, target, body)
        idle = self.pool.idle.get(target.origin)
        if not idle:
            return self._call(method, target, block, url, name, catch_response, started).run()
        stream, since = idle.pop()
        if started - since > TRUSTED_S and stream.stale():
            stream.close()
            return self._call(method, target, block, url, name, catch_response, started).run()
        try:
            data = stream.exchange(verb + target.line + block, started + self._read_timeout)
        except Exception as error:
            return self._call(method, target, block, url, name, catch_response, started).recover(stream, error)
        except BaseException:
            self._call(method, target, block, url, name, catch_response, started).abandon(stream)
            raise
        end = data.find(b"\r\n\r\n")
        head = self._known_head(data[:end])
        if head is None or not head.keep_alive or len(data) - end - 4 != head.length:
            return self._call(method, target, block, url, name, catch_response, started).run((stream, data))
        finished = now()
        idle.append((stream, finished))
        us = int((finished - started) * 1e6 + 0.5)
        response = Response(head, data[end + 4 :], target.url, us)
        # Every client passes 200 to 208; what else passes, and who else listens, is not for the hot path.
        if catch_response or head.status > 208 or self.request_event.observed:
            self._call(method, target, block, url, name, catch_response, started).finish(response)
            return response
        if name is None:
            name = self.request_name or self._default_name(target, url)
        entries = self._get_entries if method == "GET" else self.sink.entries_of(method)
        entry = entries.get(name)
        if entry is None:
            entry = self.sink.entry(method, name)
        entry.received += head.length
        times = entry.times
        times.append(us)
        if len(times) >= _FOLD_AT:
            entry.fold()
        return response

    def _call(
        self, method: str, target: Target, block: bytes, url: str, name: str | None, catch: bool, started: float
    ) -> Call:
        """The call that `_plain` began and can't end. `block` holds the body, too."""
        name = name or self.request_name or self._default_name(target, url)
        options = self._default_options()
        options.catch_response = catch
        return Call(self, Outgoing(method, target, block, b""), name, options, started)

    def _extended_block(self, method: str, target: Target, body: bodies.Body) -> bytes:
        """The session's header block with cookies and what the body asks for, and the body."""
        block = self._open_block
        if self.cookies and (cookie := self._cookie_header(target.url)):
            block += b"Cookie: %b\r\n" % cookie.encode("latin-1", "replace")
        if body.content or method not in _BODILESS:
            if body.content_type and "Content-Type" not in self._headers:
                block += b"Content-Type: %b\r\n" % body.content_type.encode("latin-1")
            block += b"Content-Length: %d\r\n" % len(body.content)
        return block + b"\r\n" + body.content

    def _compile_block(self) -> None:
        self._open_block = self._headers.encode()
        self._block = self._open_block + b"\r\n"
        self._block_version = self._headers.version

    def _default_options(self) -> Options:
        return Options(connect_timeout=self._connect_timeout, read_timeout=self._read_timeout)

    def request(
        self,
        method: str,
        url: str,
        name: str | None = None,
        catch_response: bool = False,
        context: dict[str, Any] | None = None,
        *,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        headers: Any = None,
        cookies: Any = None,
        files: Any = None,
        auth: Any = None,
        timeout: Timeout = _UNSET,
        allow_redirects: bool = True,
        stream: bool = False,
        verify: Verify | None = None,
        cert: Cert = None,
    ) -> Response:
        """Send a request with the options of requests' Session, count it, and return the answer.

        With `catch_response` the request is counted when the with-block around the response ends. `timeout` is in
        seconds: for connecting and for each wait for bytes, or a pair of both. InvalidURL, TypeError and ValueError for
        what can't be sent; what the network or the server does is in the response's `error`.
        """
        started = self.now()
        method = method.upper()
        target = self._targets.get(url) or self._transport.target(self.base_url, url)
        if self._params or params:
            target = Target(target.url.with_params(self._params).with_params(params))
        name = name or self.request_name or self._default_name(target, url)
        options = self._default_options()
        options.catch_response = catch_response
        options.context = context
        options.allow_redirects = allow_redirects
        options.stream = stream
        options.verify = self._verify if verify is None else verify
        options.cert = cert or self._cert
        options.tls_context = self.tls_context
        if timeout is not _UNSET:
            options.connect_timeout, options.read_timeout = _timeouts(timeout)
        if cookies:
            options.cookies = _cookie_pairs(cookies)
        options.auth = auth or self._auth or target.url.userinfo
        body = bodies.encode(data, json, files)
        outgoing = self._outgoing(method, target, headers, body, options)
        return Call(self, outgoing, name, options, started).run()

    def _outgoing(self, method: str, target: Target, headers: Any, body: bodies.Body, options: Options) -> Outgoing:
        merged = self._headers.copy()
        if headers is not None:
            merged.update(headers)
        if body.content_type and "Content-Type" not in merged:
            merged["Content-Type"] = body.content_type
        return self._sealed(method, target, merged, body.content, options)

    def _sealed(self, method: str, target: Target, headers: Headers, content: bytes, options: Options) -> Outgoing:
        """With headers of the request's own: cookies, authentication and length are added last."""
        cookie = "; ".join(filter(None, (self._cookie_header(target.url), options.cookies)))
        if cookie and "Cookie" not in headers:
            headers["Cookie"] = cookie
        if content or method not in _BODILESS:
            headers["Content-Length"] = str(len(content))
        if options.auth is not None:
            request = authentication.PreparedRequest(method, target.url.absolute, headers, content or None)
            headers = authentication.apply(options.auth, request).headers
        return Outgoing(method, target, headers.encode() + b"\r\n", content, headers)

    # What a call asks of its session

    def redirected(self, outgoing: Outgoing, response: Response, options: Options) -> Outgoing:
        """The request to which a redirect leads, its method changed as browsers and requests do."""
        head = response.head
        target = Target(resolve(outgoing.target.url, head.location or ""))
        method, content = outgoing.method, outgoing.body
        if method != "HEAD" and (head.status in (302, 303) or (head.status == 301 and method == "POST")):
            method = "GET"
        headers = (outgoing.headers or self._headers).copy()
        if head.status not in (307, 308):
            content = b""
            for name in _OF_THE_BODY:
                headers.pop(name, None)
        elif outgoing.headers is None:
            block, _, content = outgoing.block.partition(b"\r\n\r\n")
            headers = parse_block(block)
        headers.pop("Cookie", None)
        if target.origin != outgoing.target.origin:
            headers.pop("Authorization", None)
            options.auth = target.url.userinfo
        return self._sealed(method, target, headers, content, options)

    def absorb(self, head: Head, url: Url) -> None:
        """Keep the cookies that a response set."""
        if head.set_cookie:
            values = parse_block(head.raw.partition(b"\r\n")[2]).get_list("set-cookie")
            self.cookies.absorb(values, url.host, url.target.partition("?")[0], url.scheme == "https")

    def _cookie_header(self, url: Url) -> str:
        return self.cookies.header_for(url.host, url.target.partition("?")[0], url.scheme == "https")

    def user_context(self) -> dict[str, Any]:
        """What the user adds to the context of every request event."""
        return self.user.context() if self.user is not None else {}

    def failure_of(self, response: Response, name: str) -> BaseException | None:
        """Why a status counts as failure; None when it counts as success."""
        if 400 <= response.status_code < 600:
            return status_error(response.status_code, response.reason, name, response)
        return None

    def _default_name(self, target: Target, url: str) -> str:
        return target.url.target


class FastSession(Session):
    """FastHttpUser's client: other statuses count as failure, and other names are the default."""

    def failure_of(self, response: Response, name: str) -> BaseException | None:
        if response.status_code in _FAST_SUCCESS:
            return None
        return LocustBadStatusCode(response.status_code)

    def _default_name(self, target: Target, url: str) -> str:
        return url


_FAST_SUCCESS = frozenset((*range(200, 209), 226, 301, 302, 303, 304, 307, 308))


def _timeouts(timeout: Timeout) -> tuple[float, float]:
    connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    return (FOREVER if connect is None else connect), (FOREVER if read is None else read)


def _cookie_pairs(cookies: Any) -> str:
    return "; ".join(f"{name}={value}" for name, value in dict(cookies).items())
