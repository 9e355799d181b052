"""requests' connections, opened only to where they may be."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import BaseAdapter, HTTPAdapter
from requests.utils import select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from loadcell.guard import hint, refusal
from loadcell.http.failures import TargetNotAllowed
from loadcell.http.network import Network
from loadcell.http.transport import Transport


class _Guarded:
    """A connection that looks its host up itself, and then goes by the addresses that are permitted."""

    def _new_conn(self: Any) -> socket.socket:
        connect: Callable[[], socket.socket] = self._connect
        network = _network()
        if network is None:
            return connect()
        host = self._dns_host
        failure: Exception | None = None
        try:
            for address in network.addresses(host, self.port):
                self._dns_host = address
                try:
                    return connect()
                except NewConnectionError as error:
                    failure = error
        except OSError as error:  # No such name: as urllib3 has it.
            raise NewConnectionError(self, f"Failed to resolve '{host}' ({error})") from error
        finally:
            self._dns_host = host
        raise failure or NewConnectionError(self, f"{host} has no address")


class _PlainConnection(_Guarded, HTTPConnection):
    def _connect(self) -> socket.socket:
        return HTTPConnection._new_conn(self)


class _TlsConnection(_Guarded, HTTPSConnection):
    def _connect(self) -> socket.socket:
        return HTTPSConnection._new_conn(self)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class GuardedAdapter(HTTPAdapter):
    """requests' own adapter on such connections."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


def require_permission(url: str, adapter: BaseAdapter, proxies: Any) -> None:
    """TargetNotAllowed if nothing may be sent to where a URL leads, where the adapter's connections do not see to that:
    those of an adapter that the scenario brought, and those to a proxy.
    """
    network = _network()
    by_proxy = bool(select_proxy(url, proxies))
    if network is None or (isinstance(adapter, GuardedAdapter) and not by_proxy):
        return
    parts = urlsplit(url)
    if not parts.hostname:
        return
    try:
        network.addresses(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
    except OSError:
        if by_proxy:  # The proxy may know the name, and nobody knows where it leads.
            raise TargetNotAllowed(f"{refusal(parts.hostname)}. {hint(parts.hostname)}") from None


def _network() -> Network | None:
    """The process's; None where there is none, and so no load."""
    return None if Transport.latest is None else Transport.latest.network
