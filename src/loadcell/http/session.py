"""What a user calls to send requests: the surface of requests' Session with Locust's additions; one sample per request.

A GET or POST without options takes `_send`, whose every line is paid for per request; everything else takes `request`.
Both end in the same statistics and the same Response.
"""

from __future__ import annotations

import logging
import re
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, ClassVar

from loadcell.http import auth as authentication
from loadcell.http import body as bodies
from loadcell.http import redirects
from loadcell.http.call import Call, Options
from loadcell.http.connection import Pool
from loadcell.http.cookies import CookieJar
from loadcell.http.failures import InvalidJSON, LocustError, NeedsRequests, familiar
from loadcell.http.headers import Headers, InvalidHeader, parse_block
from loadcell.http.network import FOREVER
from loadcell.http.read_only import READING, stand_in
from loadcell.http.response import Response, status_error
from loadcell.http.tls import Cert, Trust, Verify
from loadcell.http.transport import Outgoing, Target, Transport
from loadcell.http.url import InvalidURL, Url, split
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
_SET_PER_REQUEST = ("Host", "Content-Length")
_USERINFO = re.compile(r"(?<=//)[^/?#]*@")
Timeout = Any
_UNSET: Any = object()


class Session:
    """A user's HTTP client. Each request is counted once, redirects included; what the network does is never raised."""

    max_redirects = 30
    max_retries = 0
    """How often a request is sent again after its connection failed, whatever its method."""
    response_class: type[Response] = Response
    error_class: type[Response] = Response
    """What stands for a response that did not come."""
    trust_env = False
    """For those who set it: the environment is never looked at."""
    stream = False
    """Whether bodies are left to be read by the scenario where a request doesn't say."""
    become_requests: ClassVar[Callable[[Session], Any] | None] = None
    """Turns a client into requests' own, and returns it as it is below what the scenario overrides; set where there are
    users."""
    _encode: Callable[..., bodies.Body] = staticmethod(bodies.encode)
    _proxies: dict[str, str] | None = None
    _hooks: dict[str, Any] | None = None
    verified = True
    """Whether certificates are verified as long as `verify` is not set."""

    def __init__(
        self,
        base_url: str,
        request_event: Any,
        user: Any,
        transport: Transport | None = None,
        *,
        pool: Pool | None = None,
        pool_manager: Any = None,
        connect_timeout: float | None = 60.0,
        read_timeout: float | None = 60.0,
    ) -> None:
        """`transport`: None for the user's or, without a user, the process's; `pool_manager` is shared with those who
        were given the same object."""
        if transport is None:
            transport = _transport_of(user)
        self._transport: Transport = transport
        self.request_event = request_event
        self.user = user
        self.request_name: str | None = None
        self._cookies = CookieJar()
        self._headers = Headers(_DEFAULT_HEADERS)
        self._block = self._open_block = b""
        self._block_version = -1
        self._params: Any = None
        self._auth: Any = None
        self._connect_timeout = FOREVER if connect_timeout is None else connect_timeout
        self._read_timeout = FOREVER if read_timeout is None else read_timeout
        self._response_timeout = 600.0
        self.network = transport.network
        self.now = transport.network.now
        self.sink = transport.sink
        self.heads = transport.heads
        shared = pool or transport.pool_of(pool_manager)
        self.shares_pool = shared is not None
        """Whether others may have the same connections."""
        self.pool = shared or Pool()
        self._get_entries = transport.sink.entries_of("GET")
        self._response = self.response_class
        self._trust = Trust(self.verified)
        if base_url:
            # A base URL that can't be used is refused with the first request that needs it, as in Locust.
            with suppress(InvalidURL):
                self._auth = transport.target(base_url, "").url.userinfo
            base_url = _USERINFO.sub("", base_url, count=1)
        self.base_url = base_url
        self._settle()
        if transport.read_only:
            # Put before the methods of the class, so that sessions that may write don't ask for each request.
            vars(self).update(post=self._carefully_post, _perform=self._perform_reading)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """What isinstance() takes it for besides what it is: the Session of requests, where that is loaded."""
        requests = sys.modules.get("requests")
        return getattr(requests, "Session", type(self))

    # Settings, as on requests' Session

    @property
    def base_url(self) -> str:
        """What stands before every URL that is not absolute."""
        return self._base_url

    @base_url.setter
    def base_url(self, base_url: str) -> None:
        self._base_url = base_url
        self._targets = self._transport.targets_of(base_url)

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
        if self._params is None:
            self._params = {}
            self._simple = False  # Who asks may fill it.
        return self._params

    @params.setter
    def params(self, params: Any) -> None:
        self._params = params
        self._settle()

    @property
    def cookies(self) -> CookieJar:
        """The cookies that services have set; may be filled, or replaced by any jar or mapping."""
        return self._cookies

    @cookies.setter
    def cookies(self, cookies: Any) -> None:
        self._cookies = CookieJar()
        self._cookies.update(cookies)

    @property
    def hooks(self) -> dict[str, Any]:
        """What is called with each response: a function or several, under "response"."""
        if self._hooks is None:
            self._hooks = {"response": []}
            self._simple = False  # Who asks may fill it.
        return self._hooks

    @hooks.setter
    def hooks(self, hooks: Mapping[str, Any]) -> None:
        self._hooks = dict(hooks)
        self._settle()

    @property
    def proxies(self) -> dict[str, str]:
        """Proxies by scheme; with any, the client becomes requests' own."""
        if self._proxies is None:
            self._proxies = {}
            self._simple = False  # Who asks may fill it.
        return self._proxies

    @proxies.setter
    def proxies(self, proxies: Mapping[str, str]) -> None:
        self._proxies = dict(proxies)
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
        return self._trust.verify

    @verify.setter
    def verify(self, verify: Verify) -> None:
        self._trust = self._trust._replace(verify=verify)
        self._settle()

    @property
    def cert(self) -> Cert:
        """The client's certificate: a file, or a (certificate, key) pair of files."""
        return self._trust.cert

    @cert.setter
    def cert(self, cert: Cert) -> None:
        self._trust = self._trust._replace(cert=cert)
        self._settle()

    @property
    def tls_context(self) -> ssl.SSLContext | None:
        """A context of the scenario's own, instead of one made from `verify` and `cert`."""
        return self._trust.context

    @tls_context.setter
    def tls_context(self, context: ssl.SSLContext | None) -> None:
        self._trust = self._trust._replace(context=context)
        self._settle()

    @property
    def response_timeout(self) -> float:
        """No response may take longer than this, in s, however steadily its bytes trickle in. Streams may."""
        return self._response_timeout

    @response_timeout.setter
    def response_timeout(self, response_timeout: float) -> None:
        self._response_timeout = response_timeout
        self._settle()

    def _settle(self) -> None:
        self._first_timeout = min(self._read_timeout, self._response_timeout)
        self._simple = self._auth is None and not self._params and self._hooks is None and self._proxies is None
        self.idle = self.pool.idle(self._trust)

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

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def mount(self, prefix: str, adapter: Any) -> None:
        """Without effect for an adapter of requests itself that only says how many connections to keep."""
        if type(adapter).__module__ == "requests.adapters" and not getattr(adapter.max_retries, "total", 0):
            _warn_of_mount()
        else:
            self._as_requests(f"mount() of a {type(adapter).__name__}").mount(prefix, adapter)

    def __getattr__(self, name: str) -> Any:
        if name in _OF_REQUESTS:
            self._as_requests(f"client.{name}")
            return getattr(self, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _as_requests(self, what: str) -> Any:
        """This very client, which is requests' own from now on, below overrides; NeedsRequests where it can't be that."""
        if Session.become_requests is None:
            raise NeedsRequests(what)
        _warn_of_requests(what)
        return Session.become_requests(self)

    # Requests

    def get(self, url: str, *, name: str | None = None, catch_response: bool = False, **options: Any) -> Response:
        """Send a GET; the options are those of `request`."""
        if options or not self._simple or self._cookies.kept:
            return self.request("GET", url, name=name, catch_response=catch_response, **options)
        started = self.now()
        target = self._targets.get(url)
        if target is None or self._headers.version != self._block_version:
            return self._first("GET", url, name, catch_response, bodies.EMPTY)
        outgoing = target.get
        if outgoing is None or outgoing.block is not self._block:
            outgoing = target.plain_get(self._block)
        return self._send(outgoing, target, url, name, catch_response, started)

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
            return self.request("POST", url, name=name, catch_response=catch_response, data=data, json=json, **options)
        started = self.now()
        target = self._targets.get(url)
        try:
            body = self._encode(data, json)
        except ValueError:
            return self.request("POST", url, name=name, catch_response=catch_response, data=data, json=json)
        if target is None or self._headers.version != self._block_version:
            return self._first("POST", url, name, catch_response, body)
        outgoing = Outgoing("POST", target, self._block_for("POST", target, body), body.content)
        return self._send(outgoing, target, url, name, catch_response, started)

    def put(self, url: str, data: Any = None, **options: Any) -> Response:
        """Send a PUT."""
        return self.request("PUT", url, data=data, **options)

    def patch(self, url: str, data: Any = None, **options: Any) -> Response:
        """Send a PATCH."""
        return self.request("PATCH", url, data=data, **options)

    def delete(self, url: str, **options: Any) -> Response:
        """Send a DELETE."""
        return self.request("DELETE", url, **options)

    def _first(self, method: str, url: str, name: str | None, catch_response: bool, body: bodies.Body) -> Response:
        """The first request to a URL, or after a change of headers: with what the following ones then find ready."""
        self._compile_block()
        return self.request(method, url, name=name, catch_response=catch_response, data=body)

    def _send(
        self, outgoing: Outgoing, target: Target, url: str, name: str | None, catch_response: bool, started: float
    ) -> Response:
        """Send a request on the connection that was used last. The hot path: every line is paid for per request."""
        idle = self.idle
        stream = idle.last
        if stream is None or idle.origin is not target.origin:
            return self._call(outgoing, url, name, catch_response, started).run()
        idle.last = None  # First of all: TLS lets other greenlets of this user run while it looks.
        if stream.stale:
            stream.close()
            return self._call(outgoing, url, name, catch_response, started).run()
        try:
            data = stream.exchange(outgoing.data, started + self._first_timeout)
        except Exception as error:
            return self._call(outgoing, url, name, catch_response, started).recover(stream, error)
        except BaseException:
            self._call(outgoing, url, name, catch_response, started).abandon(stream)
            raise
        if len(data) == target.answer_length and data.startswith(target.answer):
            head = target.head
        else:
            head = target.learn(data, self.heads)
        if head is None:
            return self._call(outgoing, url, name, catch_response, started).run((stream, data))
        us = int((stream.arrived_at - started) * 1e6 + 0.5)
        if us < 0:  # The wall clock, by which the kernel stamps, was set back.
            us = int((self.now() - started) * 1e6 + 0.5)
        if idle.last is not None:  # Another greenlet of this user was quicker.
            idle.give(target.origin, stream)  # type: ignore[unreachable]
        else:
            idle.last = stream
            idle.origin = target.origin
        response = self._response(head, data, len(target.answer), outgoing, us)
        # Every client passes 200 to 208; what else passes, and who else listens, is not for the hot path.
        if catch_response or head.status > 208 or self.request_event.observed:
            self._call(outgoing, url, name, catch_response, started).finish(response)
            return response
        if name is None:
            name = self.request_name or self._default_name(target, url)
        entries = self._get_entries if outgoing.method == "GET" else self.sink.entries_of(outgoing.method)
        entry = entries.get(name)
        if entry is None:
            entry = self.sink.entry(outgoing.method, name)
        entry.received += head.length
        times = entry.times
        times.append(us)
        if len(times) >= _FOLD_AT:
            entry.fold()
        return response

    def _call(self, outgoing: Outgoing, url: str, name: str | None, catch_response: bool, started: float) -> Call:
        """The call that `_send` began and can't end."""
        name = name or self.request_name or self._default_name(outgoing.target, url)
        options = self._default_options()
        options.catch_response = catch_response
        return Call(self, outgoing, name, options, started)

    def _block_for(self, method: str, target: Target, body: bodies.Body) -> bytes:
        """The session's header block with cookies and what the body asks for."""
        block = self._open_block
        if self._cookies and "Cookie" not in self._headers and (cookie := self._cookie_header(self._cookies, target.url)):
            block += b"Cookie: %b\r\n" % cookie.encode("latin-1", "replace")
        if body.content or method not in _BODILESS:
            if body.content_type and "Content-Type" not in self._headers:
                block += b"Content-Type: %b\r\n" % body.content_type.encode("latin-1")
            block += b"Content-Length: %d\r\n" % len(body.content)
        return block + b"\r\n"

    def _compile_block(self) -> None:
        """Encode the headers of every request; without effect where each request must do that for itself."""
        if any(name in self._headers for name in _SET_PER_REQUEST):
            return
        try:
            self._open_block = self._headers.encode()
        except InvalidHeader:
            return
        self._block = self._transport.block(self._open_block)
        self._block_version = self._headers.version

    def _default_options(self) -> Options:
        return Options(trust=self._trust, connect_timeout=self._connect_timeout, read_timeout=self._read_timeout)

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
        stream: bool | None = None,
        verify: Verify | None = None,
        cert: Cert = None,
        proxies: Mapping[str, str] | None = None,
        hooks: Mapping[str, Any] | None = None,
    ) -> Response:
        """Send a request with the options of requests' Session, count it, and return the answer.

        With `catch_response` the request is counted when the with-block around the response ends. `timeout` is in
        seconds: for connecting and for each wait for bytes, or a pair of both. InvalidURL, TypeError and ValueError for
        what can't be sent; what the network or the server does is in the response's `error`.
        """
        started = self.now()
        target = self._target(url, params)
        options = self._default_options()
        options.catch_response = catch_response
        options.context = context
        options.allow_redirects = allow_redirects
        options.stream = self.stream if stream is None else stream
        if verify is not None:
            options.trust = options.trust._replace(verify=verify, context=None)
        if cert is not None:
            options.trust = options.trust._replace(cert=cert, context=None)
        if timeout is not _UNSET:
            options.connect_timeout, options.read_timeout = _timeouts(timeout)
        if cookies:
            options.cookies = CookieJar()
            options.cookies.update(cookies)
        options.auth = auth or self._auth or target.url.userinfo
        try:
            _require_no_proxy(proxies or self._proxies)
            shown = name or self.request_name or self._default_name(target, url)
            response = self._perform(method.upper(), target, shown, options, headers, (data, json, files), started)
        except NeedsRequests as error:
            given = {"params": params, "data": data, "json": json, "headers": headers, "cookies": cookies, "files": files}
            how = {"auth": auth, "stream": stream, "verify": verify, "cert": cert, "proxies": proxies, "hooks": hooks}
            if timeout is not _UNSET:
                how["timeout"] = timeout
            client = self._as_requests(error.what)
            again: Response = client.request(
                method, url, name, catch_response, context, allow_redirects=allow_redirects, **given, **how
            )
            return again
        if hooks or self._hooks:
            return _hooked(response, hooks, self._hooks)
        return response

    def _target(self, url: str, params: Any) -> Target:
        """Where a request goes; InvalidURL where that is nowhere."""
        try:
            target = self._targets.get(url) or self._transport.target(self._base_url, url)
        except InvalidURL as error:
            raise familiar(error) from None
        if self._params or params:
            target = Target(target.url.with_params(self._params).with_params(params), text=target.text)
        return target

    def _perform(
        self,
        method: str,
        target: Target,
        name: str,
        options: Options,
        headers: Any,
        content: tuple[Any, Any, Any],
        started: float,
    ) -> Response:
        """Send and count a request whose body is made of `content`: data, JSON and files."""
        try:
            body = bodies.prepared(*content, self._encode)
            outgoing = self._outgoing(method, target, headers, body, options)
        except (InvalidHeader, InvalidJSON) as error:
            return Call(self, Outgoing(method, target, b"", b""), name, options, started).failed(error)
        return Call(self, outgoing, name, options, started).run()

    def _carefully_post(self, url: str, data: Any = None, json: Any = None, **options: Any) -> Response:
        """`post` where it may not be sent."""
        return self.request("POST", url, data=data, json=json, **options)

    def _perform_reading(
        self,
        method: str,
        target: Target,
        name: str,
        options: Options,
        headers: Any,
        content: tuple[Any, Any, Any],
        started: float,
    ) -> Response:
        """`_perform` for a request that changes nothing; what may change data is answered without being sent."""
        if method in READING:
            return type(self)._perform(self, method, target, name, options, headers, content, started)
        response = self.response_class(stand_in(), b"", 0, Outgoing(method, target, b"", b""), 0)
        Call(self, response._outgoing, name, options, started).leave_out(response)
        return response

    def _outgoing(self, method: str, target: Target, headers: Any, body: bodies.Body, options: Options) -> Outgoing:
        merged = self._headers.copy()
        if headers is not None:
            merged.update(headers)
        if body.content_type and "Content-Type" not in merged:
            merged["Content-Type"] = body.content_type
        return self._sealed(method, target, merged, body.content, options)

    def _sealed(self, method: str, target: Target, headers: Headers, content: bytes, options: Options) -> Outgoing:
        """With headers of the request's own: cookies, authentication and length are added last."""
        jar = self._cookies
        if options.cookies is not None:
            jar = jar.copy()
            jar.update(options.cookies)
        cookie = self._cookie_header(jar, target.url)
        if cookie and "Cookie" not in headers:
            headers["Cookie"] = cookie
        if options.auth is not None:
            request = authentication.PreparedRequest(method, target.url.absolute, headers, content or None)
            request = authentication.apply(options.auth, request)
            headers = request.headers
            content = bodies.prepared(request.body, None, None).content
            if request.url != target.url.absolute:
                target = Target(split(request.url))
        if content or method not in _BODILESS:
            headers["Content-Length"] = str(len(content))
        block = headers.encode()
        if "Host" in headers:
            target = Target(target.url, headers.pop("Host"))
            block = headers.encode()
        return Outgoing(method, target, block + b"\r\n", content, headers)

    # What a call asks of its session

    def redirected(self, outgoing: Outgoing, response: Response, options: Options) -> Outgoing:
        """The request to which a redirect leads."""
        status, before = response.status_code, outgoing.target
        target = redirects.target_of(before, response.head.location or "")
        headers, content = (outgoing.headers or self._headers).copy(), outgoing.body
        if status not in (307, 308):
            content = b""
            for name in _OF_THE_BODY:
                headers.pop(name, None)
        elif outgoing.headers is None:
            headers = parse_block(outgoing.block.removesuffix(b"\r\n\r\n"))
        headers.pop("Cookie", None)
        headers["Host"] = before.host if target.origin == before.origin else None
        options.auth = None
        if not redirects.may_keep_credentials(before.url, target.url):
            headers.pop("Authorization", None)
            options.auth = target.url.userinfo
        return self._sealed(redirects.method_after(status, outgoing.method), target, headers, content, options)

    def absorb(self, head: Head, url: Url) -> None:
        """Keep the cookies that a response set."""
        if head.set_cookie:
            values = parse_block(head.raw.partition(b"\r\n")[2]).get_list("set-cookie")
            self._cookies.absorb(values, url.host, url.target, url.scheme == "https")

    def _cookie_header(self, jar: CookieJar, url: Url) -> str:
        return jar.header_for(url.host, url.target, url.scheme == "https")

    def shown_url(self, target: Target) -> str:
        """The URL as the request event shows it."""
        return target.url.absolute

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


_OF_REQUESTS = frozenset(
    (
        "adapters",
        "get_adapter",
        "get_redirect_target",
        "merge_environment_settings",
        "prepare_request",
        "rebuild_auth",
        "rebuild_method",
        "rebuild_proxies",
        "resolve_redirects",
        "send",
        "should_strip_auth",
    )
)


def _transport_of(user: Any) -> Transport:
    runtime = getattr(getattr(user, "environment", None), "runtime", None)
    transport: Transport | None = getattr(runtime, "transport", None) or Transport.latest
    if transport is None:
        raise LocustError("A client can be made only in a process that runs users, not while a file is merely looked at.")
    return transport


@cache
def _warn_of_mount() -> None:
    logging.getLogger(__name__).warning(
        "client.mount() has no effect: HttpUser's client keeps its own connections. For requests' adapters derive the user "
        "from RequestsUser (from loadcell.compat import RequestsUser)."
    )


@cache
def _warn_of_requests(what: str) -> None:
    logging.getLogger(__name__).warning(
        "%s needs requests itself: the client of each user that asks for it becomes requests' own, at several times the "
        "cost of each request.",
        what,
    )


def _require_no_proxy(proxies: Mapping[str, Any] | None) -> None:
    if proxies and any(proxies.values()):
        raise NeedsRequests("A proxy")


def _hooked(response: Response, *sources: Mapping[str, Any] | None) -> Response:
    """The response after those called with it, each of which may return another one."""
    for source in sources:
        functions = (source or {}).get("response") or ()
        for function in (functions,) if callable(functions) else functions:
            response = function(response) or response
    return response


def _timeouts(timeout: Timeout) -> tuple[float, float]:
    if hasattr(timeout, "connect_timeout"):  # urllib3's.
        begun = timeout.clone()
        begun.start_connect()
        connect, read = begun.connect_timeout, begun.read_timeout
    else:
        connect, read = timeout if isinstance(timeout, (tuple, list)) else (timeout, timeout)
    return (FOREVER if connect is None else connect), (FOREVER if read is None else read)
