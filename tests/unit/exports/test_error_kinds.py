"""Errors as they are counted, and the few kinds that they are exported as."""

from __future__ import annotations

import pytest

from loadcell.exports.error_kinds import kind_of


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("HTTPError('503 Server Error: Service Unavailable for url: /items')", "http_503"),
        ('HTTPError("404 Client Error: I\'m not here for url: /")', "http_404"),
        ("HTTPError('999 made up')", "other"),
        ("LocustBadStatusCode(code=500)", "http_500"),
        ("ReadTimeout('no answer within 5 s')", "timeout"),
        ("ConnectTimeout('no connection within 5 s')", "timeout"),
        ("ConnectionRefusedError(111, 'Connection refused')", "refused"),
        ("ConnectionError(MaxRetryError('… Connection refused'))", "refused"),
        ("ConnectionResetError(104, 'Connection reset by peer')", "reset"),
        ("RemoteDisconnected('the server closed the connection')", "reset"),
        ("gaierror(-2, 'Name or service not known')", "name"),
        ("SSLCertVerificationError(1, 'certificate has expired')", "tls"),
        ("TargetNotAllowed('198.51.100.1 is not a private address')", "not_allowed"),
        ("MalformedResponse('no status line')", "malformed"),
        ("TooManyRedirects('more than 30 redirects')", "redirect"),
        ("OSError(99, 'Cannot assign requested address')", "system"),
        ("KeyError('price')", "other"),
        ("the basket of user 4711 is empty", "check"),
        ("", "check"),
    ],
)
def test_kinds(error: str, kind: str) -> None:
    assert kind_of(error) == kind
