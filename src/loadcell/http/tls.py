"""TLS over any stream, by OpenSSL's memory buffers; and the contexts, made once per process and setting."""

from __future__ import annotations

import errno
import ssl
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from loadcell.http.network import FOREVER, Stream

Verify = bool | str
Cert = str | tuple[str, str] | None


class Trust(NamedTuple):
    """Whom a client believes, and as whom it presents itself. Connections made with one are not used with another."""

    verify: Verify = True
    """Whether certificates are verified, or the CAs (file or folder) to verify them with."""
    cert: Cert = None
    """The client's certificate: a file, or a (certificate, key) pair of files."""
    context: ssl.SSLContext | None = None
    """A context of the scenario's own, instead of one made from the other two."""


@lru_cache(maxsize=64)
def context_of(trust: Trust) -> ssl.SSLContext:
    """The client's TLS context; OSError when a file is missing or is no certificate."""
    verify, cert, own = trust
    if own is not None:
        return own
    if verify is False:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif verify is True:
        context = ssl.create_default_context()
    elif Path(verify).is_dir():
        context = ssl.create_default_context(capath=verify)
    else:
        context = ssl.create_default_context(cafile=verify)
    if cert is not None:
        certificate, key = cert if isinstance(cert, tuple) else (cert, None)
        context.load_cert_chain(certificate, key)
    return context


class TlsStream:
    """A stream that encrypts what it is given and decrypts what comes; it has shaken hands when it is made.

    ssl.SSLError when the handshake fails, else as the stream below.
    """

    def __init__(self, below: Stream, context: ssl.SSLContext, server_hostname: str, expires: float) -> None:
        self.connect_us = below.connect_us
        self.tls_us = 0
        self._below = below
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        # Certificates name neither a zone nor the root's dot.
        name = server_hostname.partition("%")[0].removesuffix(".")
        try:
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        except ValueError as error:
            raise OSError(errno.EADDRNOTAVAIL, f"{name!r:.100} can't be the name of a TLS service") from error
        self._shake_hands(expires)

    def _shake_hands(self, expires: float) -> None:
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush(expires)
                self._fill(expires)
            else:
                self._flush(expires)
                return

    def _flush(self, expires: float) -> None:
        if self._outgoing.pending:
            self._below.send(self._outgoing.read(), expires)

    def _fill(self, expires: float) -> None:
        self._take(self._below.receive(expires))

    def _take(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def send(self, data: bytes, expires: float) -> None:
        self._tls.write(data)
        self._flush(expires)

    def exchange(self, data: bytes, expires: float) -> bytes:
        self._tls.write(data)
        self._take(self._below.exchange(self._outgoing.read(), expires))
        return self._read(expires)

    def receive(self, expires: float) -> bytes:
        return self._read(expires)

    def _read(self, expires: float) -> bytes:
        while True:
            try:
                return self._tls.read(65536)
            except ssl.SSLWantReadError:
                self._flush(expires)
                self._fill(expires)
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    @property
    def arrived_at(self) -> float:
        return self._below.arrived_at

    @property
    def stale(self) -> bool:
        # Session tickets may lie unread on a healthy connection, so bytes alone say nothing: they must be decrypted.
        while self._incoming.pending or self._tls.pending() or self._below.stale:
            try:
                if not self._incoming.pending and not self._tls.pending():
                    self._fill(FOREVER)
                self._tls.read(1)
            except ssl.SSLWantReadError:
                continue
            except OSError:
                return True
            except BaseException:
                self.close()  # Whoever asks has taken this stream out of the pool.
                raise
            return True
        return False

    def close(self) -> None:
        self._below.close()
