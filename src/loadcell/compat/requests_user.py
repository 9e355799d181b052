"""RequestsUser: a user whose client is requests' own Session, for what HttpUser's client leaves out.

Adapters, hooks, proxies, digest authentication: all of requests works, at several times the cost per request.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import requests
from gevent.queue import LifoQueue
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError, InvalidSchema, InvalidURL, MissingSchema, RequestException
from requests.hooks import default_hooks
from requests.structures import CaseInsensitiveDict
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from loadcell.compat.guarded_requests import GuardedAdapter, require_permission
from loadcell.http.failures import CatchResponseError, LocustError, ResponseError, TargetNotAllowed, familiar
from loadcell.http.read_only import READING, REASON, STATUS
from loadcell.http.session import Session
from loadcell.http.transport import Sink, Transport
from loadcell.scenario.user import HttpUser

_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_WRAPPERS = (ConnectionError, ProtocolError, MaxRetryError, NewConnectionError)

# Waiting for a free connection must let other users run.
ConnectionPool.QueueCls = LifoQueue


class MeasuredResponse(requests.Response):
    """requests' response with Locust's success() and failure()."""

    error: Exception | None = None
    """Why there is no answer; then `status_code` is 0."""
    request_meta: dict[str, Any]
    """The keywords of the request event; within a with-block they may be changed."""
    _fire: Any
    _catch_response = False
    _entered = False
    _manual: bool | Exception | None = None

    def success(self) -> None:
        """Count the request as a success, whatever came. Only in a `with` block with catch_response=True."""
        self._require_block()
        self._manual = True

    def failure(self, reason: Any) -> None:
        """Count the request as a failure. Only in a `with` block with catch_response=True."""
        self._require_block()
        self._manual = reason if isinstance(reason, Exception) else CatchResponseError(reason)

    def _require_block(self) -> None:
        if not self._entered:
            raise LocustError("success() and failure() need a with-block on a request with catch_response=True")

    def raise_for_status(self) -> None:
        """Raise what made the request fail: the failure set by hand, the missing answer, or an HTTPError for 4xx and 5xx."""
        if self._manual is True:
            return
        error = self._manual or self.error
        if error is not None:
            raise error
        super().raise_for_status()

    def __enter__(self) -> MeasuredResponse:
        if not self._catch_response:
            raise LocustError("a with-block on a response needs catch_response=True in the request")
        self._entered = True
        return self

    def __exit__(self, *raised: Any) -> None:
        # mypy would take a `bool` for a block that may swallow, which this one may: see `leave`.
        return cast(None, self.leave(raised[1]))

    def leave(self, raised: BaseException | None) -> bool:
        """Count the request as the block, which ended with `raised`, wants it; True where the exception is dealt with."""
        if self._manual is not None:
            self.request_meta["exception"] = None if self._manual is True else self._manual
        elif isinstance(raised, ResponseError):
            self.request_meta["exception"] = raised
            self._fire(**self.request_meta)
            return True
        elif raised is not None:
            return False  # Locust, too, leaves such a request out of the statistics.
        elif (failure := self._failure()) is not None:
            self.request_meta["exception"] = failure
        self._fire(**self.request_meta)
        return raised is None

    def _failure(self) -> BaseException | None:
        """What the answer, or its absence, says; the name stands for the URL, so that equal failures are counted as one."""
        url, self.url = self.url, self.request_meta["name"]
        try:
            self.raise_for_status()
        except RequestException as error:
            return _innermost(error)
        finally:
            self.url = url
        return None


class LeftOut(requests.Response):
    """Stands for the answer to a request that was not sent."""


class RequestsSession(requests.Session):
    """requests' Session whose every request is counted; relative URLs continue `base_url`."""

    def __init__(self, base_url: str, request_event: Any, user: Any, *, pool_manager: Any = None) -> None:
        """`pool_manager`: urllib3's, to share among users; None for connections of its own."""
        super().__init__()
        self.request_event = request_event
        self.user = user
        self.request_name: str | None = None
        parts = urlsplit(base_url)
        if parts.username and parts.password:
            base_url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
            self.auth = (unquote(parts.username), unquote(parts.password))
        self.base_url = base_url
        for prefix in ("https://", "http://"):
            self.mount(prefix, GuardedAdapter() if pool_manager is None else _Shared(pool_manager))

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send a prepared request, or a hop of a redirect. TargetNotAllowed if nothing may be sent where it goes.

        With --read-only, what may change data is answered without being sent.
        """
        if request.method not in READING and _is_read_only():
            return _left_out(request)
        require_permission(str(request.url), self.get_adapter(str(request.url)), options.get("proxies"))
        return super().send(request, **options)

    @contextmanager
    def rename_request(self, name: str) -> Iterator[None]:
        """Count the requests of the block under `name`."""
        self.request_name = name
        try:
            yield
        finally:
            self.request_name = None

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        name: str | None = None,
        catch_response: bool = False,
        context: dict[str, Any] | None = None,
        **options: Any,
    ) -> MeasuredResponse:
        """Send a request with requests' options, count it, and return the answer; only a URL that can't be requested raises.

        With `catch_response` the request is counted when the with-block around the response ends.
        """
        absolute = url if _ABSOLUTE.match(url) else f"{self.base_url}{url}"
        name = name or self.request_name
        began, started = time.time(), time.perf_counter()
        try:
            response = cast(MeasuredResponse, super().request(method, absolute, **options))
        except (MissingSchema, InvalidSchema, InvalidURL):
            raise
        except RequestException as error:
            response = _missing(error)
        except TargetNotAllowed as error:
            response = _missing(cast(RequestException, familiar(error)))
        except Exception:
            raise
        except BaseException:
            self._give_up(method, name or url)
            raise
        took = (time.perf_counter() - started) * 1000
        left_out = isinstance(response, LeftOut)
        response.__class__ = MeasuredResponse
        first = (response.history[0] if response.history else response).request
        streamed = options.get("stream")
        length = int(response.headers.get("content-length") or 0) if streamed else len(response.content or b"")
        response._fire = (lambda **_: None) if left_out else self.request_event.fire
        response._catch_response = catch_response
        response.request_meta = {
            "request_type": method,
            "response_time": took,
            "name": name or (url if first is None else first.path_url),
            "context": {**(self.user.context() if self.user else {}), **(context or {})},
            "response": response,
            "exception": None,
            "start_time": began,
            "url": absolute if first is None else first.url,
            "response_length": length,
        }
        if left_out:
            _sink().left_out(method, response.request_meta["name"])
        elif not catch_response:
            response.leave(None)
        return response

    def _give_up(self, method: str, name: str) -> None:
        if self.user is not None:
            self.user.environment.runtime.transport.sink.interrupted(method, name)


class RequestsUser(HttpUser):
    """A user whose `client` is a RequestsSession."""

    abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = RequestsSession(self.host or "", self.environment.events.request, self, pool_manager=self.pool_manager)


class BecameRequests(RequestsSession, Session):  # type: ignore[misc]
    """A client that was not built on requests and is now; calls that began before end as they began."""

    # Plain again, as on requests' Session: there they are set on each object.
    __class__ = property(type)
    auth: Any = None
    base_url: Any = None
    cert: Any = None
    cookies: Any = None
    headers: Any = None
    hooks: Any = None
    params: Any = None
    proxies: Any = None
    verify: Any = None


def become_requests(session: Session) -> Any:
    """Make a client that is not built on requests one that is: the same object, with all that was set on it.

    Returns it as it is below what a class of the scenario overrides.
    """
    kind = type(session)
    real = RequestsSession("", session.request_event, session.user)
    real.base_url, real.request_name = session.base_url, session.request_name
    real.headers = CaseInsensitiveDict(session.headers)
    real.cookies.update(session.cookies)
    real.params, real.auth, real.proxies = session.params, session.auth, session.proxies
    real.hooks = {**default_hooks(), **session.hooks}
    real.verify, real.cert = session.verify, session.cert
    real.stream, real.max_redirects = session.stream, session.max_redirects
    real.trust_env = False
    # Past the property of that name, by which the client passes for a Session of requests already.
    object.__dict__["__class__"].__set__(session, _on_requests(kind))  # type: ignore[arg-type]
    vars(session).update(vars(real))
    return session if kind is Session else super(kind, session)


@cache
def _on_requests(kind: type[Session]) -> type[Session]:
    return BecameRequests if kind is Session else type(kind.__name__, (kind, BecameRequests), {})


class _Shared(HTTPAdapter):
    """An adapter on connections that others use as well."""

    def __init__(self, pool_manager: Any) -> None:
        self._shared = pool_manager
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = self._shared


def _missing(error: RequestException) -> MeasuredResponse:
    response = MeasuredResponse()
    response.error = error
    response.status_code = 0
    response.request = cast(Any, getattr(error, "request", None))
    return response


def _sink() -> Sink:
    assert Transport.latest is not None
    return Transport.latest.sink


def _is_read_only() -> bool:
    return Transport.latest is not None and Transport.latest.read_only


def _left_out(request: requests.PreparedRequest) -> LeftOut:
    response = LeftOut()
    response.status_code, response.reason = STATUS, REASON
    response.url = request.url or ""
    response.request = request
    response._content = b""
    return response


def _innermost(error: BaseException) -> BaseException:
    """What the network said, below the layers of requests and urllib3."""
    while isinstance(error, _WRAPPERS) and error.__context__ is not None:
        error = error.__context__
    return error
