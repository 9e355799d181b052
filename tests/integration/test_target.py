"""The target does what its paths say, and its truth is exact."""

import gzip
import json
import socket
import ssl
import struct
import time
import urllib.parse
import urllib.request
import zlib
from array import array
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse, IncompleteRead, RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest

from tests.target.faults import MALFORMED
from tests.target.launch import target_server
from tests.target.truth import nearest_rank

BODY = b'{"status":"ok","id":1}'


@pytest.fixture
def client(url: str) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=10)
    yield connection
    connection.close()


def get(client: HTTPConnection, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    client.request("GET", path, headers=headers)
    response = client.getresponse()
    return response, response.read()


def raw(url: str, data: bytes) -> bytes:
    """Send bytes on a new connection and read until the server closes it."""
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(data)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    received = bytearray()
    while piece := connection.recv(65536):
        received += piece
    return bytes(received)


def request(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: target", *headers, "", ""]).encode()


def truth(client: HTTPConnection, prefix: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(get(client, f"/__truth__?prefix={prefix}")[1])
    return document


def test_plain_answers(client: HTTPConnection) -> None:
    response, body = get(client, "/ok")
    assert (response.status, body) == (200, BODY)
    assert len(get(client, "/bytes/3000000")[1]) == 3_000_000
    assert get(client, "/status/418")[0].status == 418
    assert get(client, "/no-such-path")[0].status == 404
    assert get(client, "/bytes/many")[0].status == 400
    for path, status in (("/204", 204), ("/304", 304)):
        response, body = get(client, path)
        assert (response.status, body, response.getheader("Content-Length")) == (status, b"", None)


def test_head_has_the_length_but_no_body(client: HTTPConnection) -> None:
    client.request("HEAD", "/ok")
    response = client.getresponse()
    assert (response.getheader("Content-Length"), response.read()) == ("22", b"")
    assert get(client, "/ok")[1] == BODY, "nothing was left on the connection"


def test_echo_tells_the_request_as_it_came(client: HTTPConnection) -> None:
    client.request("POST", "/echo?a=b", body=iter([b"one ", b"two"]), headers={"X-Mark": "m"}, encode_chunked=True)
    document = json.loads(client.getresponse().read())
    assert (document["method"], document["target"], document["body"]) == ("POST", "/echo?a=b", "one two")
    assert ["X-Mark", "m"] in document["headers"]
    assert document["served"] == 1
    assert json.loads(get(client, "/echo")[1])["connection"] == document["connection"]


def test_requests_in_one_packet_are_answered_in_order(url: str) -> None:
    data = request("/delay?ms=5") + request("/status/201") + request("/ok", "Connection: close")
    lines = [line for line in raw(url, data).split(b"\r\n") if b"HTTP/1.1" in line]
    assert [line.split()[-2] for line in lines] == [b"200", b"201", b"200"]


def test_a_request_may_come_in_pieces(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request("/ok", "Connection: close"):
            connection.send(bytes([byte]))
        assert read_all(connection).endswith(BODY)


def test_expect_continue(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(b"POST /ok HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"body")
        assert read_all(connection).startswith(b"HTTP/1.1 200")


def test_redirects_cookies_and_credentials(client: HTTPConnection) -> None:
    assert get(client, "/redirect/2")[0].getheader("Location") == "/redirect/1?code=302"
    assert get(client, "/redirect/1?code=307")[0].getheader("Location") == "/ok"
    assert get(client, "/redirect-loop")[0].getheader("Location") == "/redirect-loop"
    response, _ = get(client, "/redirect-to?url=http%3A//127.0.0.1%3A1/&code=308")
    assert (response.status, response.getheader("Location")) == (308, "http://127.0.0.1:1/")
    response, _ = get(client, "/set-cookie?a=1&b=2&Path=/&HttpOnly")
    assert response.headers.get_all("Set-Cookie") == ["a=1; Path=/; HttpOnly", "b=2; Path=/; HttpOnly"]
    assert get(client, "/basic-auth/ann/secret")[0].status == 401
    assert get(client, "/basic-auth/ann/secret", Authorization="Basic YW5uOnNlY3JldA==")[0].status == 200


def test_encodings(client: HTTPConnection) -> None:
    text = gzip.decompress(get(client, "/encoded/gzip")[1])
    assert text.startswith(b"The quick brown fox")
    assert zlib.decompress(get(client, "/encoded/deflate")[1]) == text
    assert zlib.decompress(get(client, "/encoded/raw-deflate")[1], wbits=-15) == text
    for kind in ("br", "zstd"):
        response, body = get(client, f"/encoded/{kind}")
        assert (response.status, response.getheader("Content-Encoding")) == (200, kind)
        assert body != text
    with pytest.raises((OSError, EOFError, zlib.error)):
        gzip.decompress(get(client, "/encoded/broken")[1])


def test_framings(client: HTTPConnection, url: str) -> None:
    assert get(client, "/chunked?n=2")[1] == b"chunk 0;chunk 1;"
    assert raw(url, request("/chunked?n=1", "Connection: close")).endswith(b"\r\nX-Check: done\r\nX-Second: too\r\n\r\n")
    assert get(client, "/pipeline-split?pieces=30")[1] == BODY
    assert get(client, "/trickle?ms=0")[1] == BODY
    answer = raw(url, request("/informational", "Connection: close"))
    assert [line.split()[1] for line in answer.split(b"\r\n") if line.startswith(b"HTTP/")] == [b"100", b"103", b"200"]
    assert raw(url, request("/close-delimited")).endswith(b"\r\n\r\n" + BODY)


@pytest.mark.parametrize("mode", ["length", "chunked", "close"])
def test_endless(url: str, mode: str) -> None:
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(request(f"/endless?mode={mode}&ms=0"))
        received = 0
        while received < 100_000:
            received += len(connection.recv(65536))


def test_cut_off(client: HTTPConnection, url: str) -> None:
    with pytest.raises(IncompleteRead):
        get(client, "/early-close")
    client.close()
    with pytest.raises(ConnectionResetError):
        raw(url, request("/reset"))
    with pytest.raises(ConnectionResetError):
        raw(url, request("/reset?at=body"))
    assert raw(url, request("/no-response")) == b""


def test_closing_of_connections(client: HTTPConnection, url: str) -> None:
    assert get(client, "/close")[0].getheader("Connection") == "close"
    client.close()
    assert [get(client, "/keep-alive-limit?n=3")[0].getheader("Connection") for _ in range(3)] == [None, None, "close"]
    client.close()
    assert [get(client, "/no-response?after=3")[0].status for _ in range(2)] == [200, 200]
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        get(client, "/no-response?after=3")
    assert raw(url, request("/keep-alive-limit?n=1&silent=1")).endswith(BODY)
    assert raw(url, request("/idle-close?ms=5")).endswith(BODY)


@pytest.mark.parametrize("kind", [*MALFORMED, "huge-header", "many-headers"])
def test_malformed_answers_go_out_and_the_connection_closes(url: str, kind: str) -> None:
    answer = raw(url, request(f"/malformed?kind={kind}"))
    size = {"huge-header": 1_000_000, "many-headers": 150_000}.get(kind, 0)
    assert len(answer) > size
    assert answer == MALFORMED.get(kind, answer)


def test_a_hanging_request_ends_with_its_connection(client: HTTPConnection, url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    open_before = truth(client, "/")["open"]
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(request("/hang") + request("/ok"))
        wait_for(lambda: truth(client, "/")["open"] == open_before + 1)
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1)
    wait_for(lambda: truth(client, "/")["open"] == open_before)


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline


def test_the_truth_is_exact(client: HTTPConnection) -> None:
    get(client, "/__truth__/reset")
    for _ in range(20):
        get(client, "/delay?dist=lognormal&median=2&sigma=0.5&seed=7")
    get(client, "/stall?ms=30")
    known = truth(client, "/delay")
    samples = array("Q", get(client, "/__truth__/samples?prefix=/delay")[1])
    ordered = sorted(samples)
    assert known["total"] == known["paths"]["/delay"]
    assert known["total"]["count"] == len(samples) == 20
    assert known["total"]["p50_us"] == ordered[9] / 1000
    assert known["total"]["p99_us"] == ordered[19] / 1000
    assert ordered[0] > 200_000, "a lognormal latency with median 2 ms is not below 0.2 ms in 20 draws"
    assert truth(client, "/stall")["total"]["min_us"] >= 30_000
    assert known["requests"] == 21
    assert known["first_request_ns"] <= time.monotonic_ns()


@pytest.mark.parametrize(("percent", "expected"), [(0, 10), (50, 20), (51, 30), (75, 30), (99.9, 40), (100, 40)])
def test_nearest_rank(percent: float, expected: int) -> None:
    assert nearest_rank([10, 20, 30, 40], percent) == expected


def test_truth_counts_a_large_answer_until_its_last_byte(client: HTTPConnection) -> None:
    get(client, "/__truth__/reset")
    client.request("GET", "/bytes/20000000")
    response = client.getresponse()
    assert truth_elsewhere(client)["total"]["count"] == 0, "unread, so not all of it can be written"
    response.read()
    assert truth(client, "/bytes")["total"]["count"] == 1


def truth_elsewhere(client: HTTPConnection) -> dict[str, Any]:
    other = HTTPConnection(client.host, client.port, timeout=10)
    try:
        return truth(other, "/bytes")
    finally:
        other.close()


def test_tls(tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(key)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with target_server("--tls", str(certificate), str(key)) as started:
        assert started.startswith("https://127.0.0.1:")
        for path in ("/ok", "/pipeline-split", "/delay?ms=1"):
            with urllib.request.urlopen(started + path, context=context) as response:
                assert response.read() == BODY


def test_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with target_server("--unix", str(path)) as started, socket.socket(socket.AF_UNIX) as connection:
        assert started == "http+unix://" + urllib.parse.quote(str(path), safe="")
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(request("/close"))
        assert read_all(connection).endswith(BODY)


def test_a_reset_by_one_client_hurts_no_other(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with urllib.request.urlopen(url + "/ok") as response:
        assert response.read() == BODY
