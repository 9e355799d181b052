"""What a scenario's code is handed: time on gevent's hub, and clients on the process's transport."""

from __future__ import annotations

from typing import Any, ClassVar

from gevent import GreenletExit, get_hub, getcurrent
from gevent import sleep as yield_to_others
from greenlet import greenlet

from loadcell.generator.sockets import GeventNetwork
from loadcell.http.fast import FastSession
from loadcell.http.session import Session
from loadcell.http.transport import Transport


class GeventRuntime:
    """The Runtime of a generator process."""

    killed: type[BaseException] = GreenletExit
    latest: ClassVar[GeventRuntime | None] = None

    def __init__(self, network: GeventNetwork, transport: Transport) -> None:
        self.transport = transport
        self._network = network
        self._loop = get_hub().loop
        self._leave = greenlet.switch.__get__(get_hub())
        self._exchanges_seen = 0
        # What a scenario makes by hand, without a user, goes over it as well.
        GeventRuntime.latest = self
        Transport.latest = transport

    def sleep(self, seconds: float) -> None:
        """Let other users run for `seconds`."""
        if seconds > 0:
            # gevent.sleep without its checks and waiter: at 10,000 users the pause between tasks is as hot as the request.
            # A timer counts from the loop's idea of now, which is as old as what has been running since: a task's own work.
            self._loop.update_now()
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
            pool_manager=user.pool_manager,
            connect_timeout=user.connection_timeout,
            read_timeout=user.network_timeout,
        )

    def fast_http_session(self, user: Any) -> FastSession:
        """The client of a FastHttpUser."""
        return FastSession(
            user.host,
            user.environment.events.request,
            user,
            user.insecure,
            user.client_pool,
            user.ssl_context_factory,
            transport=self.transport,
            headers=user.default_headers,
            connection_timeout=user.connection_timeout,
            network_timeout=user.network_timeout,
            max_redirects=user.max_redirects,
            max_retries=user.max_retries,
            proxy_host=user.proxy_host,
        )


def current() -> GeventRuntime:
    """The runtime of this process; RuntimeError where there is none."""
    if GeventRuntime.latest is None:
        raise RuntimeError("No users can run in this process.")
    return GeventRuntime.latest
