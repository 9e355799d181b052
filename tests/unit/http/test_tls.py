"""TLS over a stream in memory: what is left over on a connection decides whether it is used again."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from loadcell.http.tls import TlsStream


class Service:
    """The other end, and the stream to it."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.connect_us = self.tls_us = 0
        self.arrived_at = 0.0
        self.closed = False
        self.disturbance: BaseException | None = None
        self._from_client, self._to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._from_client, self._to_client, server_side=True)
        self._answers: list[bytes] = []

    def will_answer(self, *records: bytes) -> None:
        """With the next request, all at once."""
        self._answers += records

    def push(self, record: bytes) -> None:
        """Send without having been asked."""
        self._tls.write(record)

    def send(self, data: bytes, expires: float) -> None:
        self._from_client.write(data)
        try:
            self._tls.do_handshake()
            self._tls.read(65536)
        except ssl.SSLWantReadError:
            return
        for record in self._answers:
            self._tls.write(record)
        self._answers.clear()

    def receive(self, expires: float) -> bytes:
        if self.disturbance is not None:
            raise self.disturbance
        return self._to_client.read()

    def exchange(self, data: bytes, expires: float) -> bytes:
        self.send(data, expires)
        return self.receive(expires)

    @property
    def stale(self) -> bool:
        return self._to_client.pending > 0

    def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority = trustme.CA()
    pem: Path = tmp_path_factory.mktemp("pem") / "server.pem"
    authority.issue_cert("shop").private_key_and_cert_chain_pem.write_to_path(pem)
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(pem)
    authority.configure_trust(client)
    return server, client


@pytest.fixture
def service(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> Service:
    return Service(contexts[0])


@pytest.fixture
def stream(service: Service, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> TlsStream:
    return TlsStream(service, contexts[1], "shop", 1.0)


def test_a_connection_with_nothing_left_over_is_good(service: Service, stream: TlsStream) -> None:
    assert not stream.stale, "session tickets are no answer"
    service.will_answer(b"hello")
    assert stream.exchange(b"question", 1.0) == b"hello"
    assert not stream.stale


@pytest.mark.parametrize("records", [(b"hello", b"surplus"), (b"hello" * 13_107 + b"x", b"y")])
def test_a_second_answer_that_came_with_the_first_makes_it_stale(
    service: Service, stream: TlsStream, records: tuple[bytes, ...]
) -> None:
    service.will_answer(*records)
    assert stream.exchange(b"question", 1.0)
    assert not service.stale
    assert stream.stale


def test_an_answer_nobody_asked_for_makes_it_stale(service: Service, stream: TlsStream) -> None:
    service.push(b"unasked")
    assert stream.stale


def test_who_is_stopped_while_it_looks_leaves_no_open_connection(service: Service, stream: TlsStream) -> None:
    service.push(b"unasked")
    service.disturbance = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        _ = stream.stale
    assert service.closed


@pytest.mark.parametrize("name", ["", ".shop"])
def test_a_name_that_can_be_no_service_is_an_error_of_the_connection(
    service: Service, contexts: tuple[ssl.SSLContext, ssl.SSLContext], name: str
) -> None:
    with pytest.raises(OSError, match="can't be the name"):
        TlsStream(service, contexts[1], name, 1.0)
