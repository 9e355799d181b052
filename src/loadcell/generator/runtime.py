"""What a scenario's code is handed: time on gevent's hub, and clients on the process's transport."""

from __future__ import annotations

from typing import Any

from gevent import GreenletExit, get_hub, getcurrent
from gevent import sleep as yield_to_others
from greenlet import greenlet

from loadcell.generator.sockets import GeventNetwork
from loadcell.http.connection import Pool
from loadcell.http.session import FastSession, Session
from loadcell.http.transport import Transport


class GeventRuntime:
    """The Runtime of a generator process."""

    killed: type[BaseException] = GreenletExit

    def __init__(self, network: GeventNetwork, transport: Transport) -> None:
        self.transport = transport
        self._network = network
        self._loop = get_hub().loop
        self._leave = greenlet.switch.__get__(get_hub())
        self._exchanges_seen = 0

    def sleep(self, seconds: float) -> None:
        """Let other users run for `seconds`."""
        if seconds > 0:
            # gevent.sleep without its checks and waiter: at 10,000 users the pause between tasks is as hot as the request.
            timer = self._loop.timer(seconds)
            timer.start(getcurrent().switch, timer)
            try:
                while self._leave() is not timer:
                    pass
            finally:
                timer.stop()
                timer.close()
        elif self._network.exchanges == self._exchanges_seen:
            # Nobody has waited for a service since the last time, so this user is the one that never gives way.
            yield_to_others(0)
        else:
            self._exchanges_seen = self._network.exchanges

    def http_session(self, user: Any) -> Session:
        """The client of an HttpUser."""
        return Session(
            user.host,
            user.environment.events.request,
            user,
            self.transport,
            pool=_shared_pool(user.pool_manager),
            connect_timeout=user.connection_timeout,
            read_timeout=user.network_timeout,
        )

    def fast_http_session(self, user: Any) -> FastSession:
        """The client of a FastHttpUser."""
        session = FastSession(
            user.host,
            user.environment.events.request,
            user,
            self.transport,
            pool=_shared_pool(user.client_pool),
            connect_timeout=user.connection_timeout,
            read_timeout=user.network_timeout,
        )
        session.max_redirects = user.max_redirects
        session.max_retries = user.max_retries
        session.verify = not user.insecure
        if user.ssl_context_factory is not None:
            session.tls_context = user.ssl_context_factory()
        if user.default_headers:
            session.headers.update(user.default_headers)
        return session


def _shared_pool(pool: Any) -> Pool | None:
    return pool if isinstance(pool, Pool) else None
