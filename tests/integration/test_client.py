"""The real client against a server that does everything a server can do, right and wrong."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import trustme

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.target.faults import MALFORMED  # noqa: E402
from tests.target.launch import target_server  # noqa: E402

BODY = '{"status":"ok","id":1}'
TEXT = "The quick brown fox jumps over the lazy dog. " * 20
LEGIBLE = {"bytes-in-header", "surplus"}
"""Kinds of malformed answers that the standard allows or that can be understood without doubt."""

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def drive() -> Iterator[Run]:
    """Carry out requests in the driver's process: paths, or dictionaries as the driver takes them."""
    command = [sys.executable, "-W", "error::ResourceWarning", str(ROOT / "tests/integration/client_driver.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def run(base_url: str, *requests: Any, fast: bool = False, names: Any = (), **settings: Any) -> dict[str, Any]:
            steps = [request if isinstance(request, dict) else {"url": request} for request in requests]
            order = {"base_url": base_url, "requests": steps, "fast": fast, "names": names, "settings": settings}
            stdin.write(json.dumps(order) + "\n")
            stdin.flush()
            line = stdout.readline()
            assert line, "the driver has ended"
            result: dict[str, Any] = json.loads(line)
            assert result["left_open"] == 0
            return result

        yield run
        stdin.close()
        assert process.wait(10) == 0


def texts(result: dict[str, Any]) -> list[str]:
    return [answer["text"] for answer in result["answers"]]


def only_error(result: dict[str, Any]) -> str:
    """The one error of a run; whatever went wrong, it is one line and names what happened."""
    (error,) = result["errors"]
    assert "\n" not in error
    assert isinstance(error, str)
    return error


# What a proper service does


def test_one_connection_for_many_requests(drive: Run, url: str) -> None:
    result = drive(url, *["/ok"] * 20, {"url": "/echo", "method": "POST", "options": {"json": {"a": 1}}}, "/bytes/16384")
    assert (result["requests"], result["failures"], result["connections"], result["idle"]) == (22, 0, 1, 1)
    assert json.loads(texts(result)[20])["body"] == '{"a":1}'
    assert result["answers"][21]["length"] == 16384


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods(drive: Run, url: str, method: str) -> None:
    result = drive(url, {"url": "/echo", "method": method, "options": {"data": "body"}}, "/ok")
    echo = json.loads(texts(result)[0])
    assert (echo["method"], echo["body"]) == (method, "body")
    assert result["connections"] == 1


@pytest.mark.parametrize(
    "path", ["/204", "/304", "/informational", "/chunked?n=5", "/pipeline-split?pieces=30&ms=0", "/bytes/0"]
)
def test_answers_that_leave_the_connection_in_order(drive: Run, url: str, path: str) -> None:
    result = drive(url, path, "/ok", path, "/ok")
    assert result["failures"] == 0
    assert result["connections"] == 1
    assert texts(result)[1] == texts(result)[3] == BODY


def test_head(drive: Run, url: str) -> None:
    result = drive(url, *[{"url": "/head", "method": "HEAD"}, "/ok"] * 2)
    assert texts(result) == ["", BODY, "", BODY]
    assert (result["failures"], result["connections"]) == (0, 1)


def test_chunks_are_put_together(drive: Run, url: str) -> None:
    assert texts(drive(url, "/chunked?n=3")) == ["chunk 0;chunk 1;chunk 2;"]


@pytest.mark.parametrize("path", ["/close", "/close-delimited"])
def test_connections_that_end_with_the_answer(drive: Run, url: str, path: str) -> None:
    result = drive(url, path, path, "/ok")
    assert texts(result) == [BODY] * 3
    assert (result["failures"], result["connections"]) == (0, 3)


@pytest.mark.parametrize("silent", ["", "&silent=1"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_limit_of_requests_per_connection_fails_none(drive: Run, url: str, method: str, silent: str) -> None:
    # A pause stands in for what a user does between two requests: only within it can a silent end be seen before a POST.
    step = {"url": f"/keep-alive-limit?n=3{silent}", "method": method, "pause": 0.01 if silent else 0.0}
    result = drive(url, *[step] * 12)
    assert (result["requests"], result["failures"]) == (12, 0)
    assert result["connections"] == 4


def test_a_connection_that_the_service_closed_in_between_fails_no_request(drive: Run, url: str) -> None:
    later = {"url": "/ok", "pause": 0.1}
    result = drive(url, "/idle-close?ms=20", later, "/idle-close?ms=20", {**later, "method": "POST"}, "/no-response?after=7")
    assert (result["failures"], result["connections"]) == (0, 3)


def test_a_get_is_repeated_when_its_idle_connection_turns_out_to_be_dead(drive: Run, url: str) -> None:
    result = drive(url, "/ok", "/no-response?after=2", "/ok", {"url": "/no-response?after=3", "method": "POST"})
    assert (result["requests"], result["failures"]) == (4, 1)
    assert "Remote end closed connection without response" in only_error(result)


def test_bodies_of_ten_megabytes(drive: Run, url: str) -> None:
    size = 10_000_000
    upload = {"url": "/echo", "method": "POST", "options": {"data": "x" * size}}
    result = drive(url, f"/bytes/{size}", upload, "/ok")
    assert result["failures"] == 0
    assert result["answers"][0]["length"] == size
    assert result["answers"][1]["length"] > 2 * size
    assert result["connections"] == 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw-deflate", "br", "zstd"])
def test_encodings(drive: Run, url: str, encoding: str) -> None:
    assert texts(drive(url, f"/encoded/{encoding}")) == [TEXT]


def test_a_broken_encoding_concerns_only_who_looks_at_it(drive: Run, url: str) -> None:
    result = drive(url, "/encoded/broken", "/ok")
    assert result["answers"][0].get("text") != TEXT
    assert (result["failures"], result["connections"]) == (0, 1)


def test_cookies(drive: Run, url: str) -> None:
    result = drive(
        url, "/set-cookie?a=1&b=2&Path=/", "/set-cookie?c=3&Path=/else", "/echo", {"url": "/echo", "method": "POST"}
    )
    for text in texts(result)[2:]:
        assert [value for name, value in json.loads(text)["headers"] if name == "Cookie"] == ["a=1; b=2"]


def test_redirects(drive: Run, url: str) -> None:
    result = drive(
        url, "/redirect/5", {"url": "/redirect-to?url=/echo&code=307", "method": "POST", "options": {"data": "x"}}
    )
    assert texts(result)[0] == BODY
    assert result["answers"][0]["url"] == f"{url}/ok"
    assert json.loads(texts(result)[1])["method"] == "POST"
    assert (result["requests"], result["failures"], result["connections"]) == (2, 0, 1)


def test_a_redirect_loop_is_one_failed_request(drive: Run, url: str) -> None:
    result = drive(url, "/redirect-loop", "/ok")
    assert (result["requests"], only_error(result)) == (2, "TooManyRedirects('Exceeded 30 redirects.')")


def test_basic_auth(drive: Run, url: str) -> None:
    result = drive(url, "/basic-auth/joe/secret", {"url": "/basic-auth/joe/secret", "options": {"auth": ["joe", "secret"]}})
    assert [answer["status"] for answer in result["answers"]] == [401, 200]
    result = drive(url.replace("//", "//joe:secret@"), "/basic-auth/joe/secret")
    assert result["failures"] == 0


def test_multipart(drive: Run, url: str) -> None:
    upload = {"url": "/echo", "method": "POST", "options": {"files": {"f": "content"}, "data": {"a": "1"}}}
    echo = json.loads(texts(drive(url, upload))[0])
    assert 'name="f"; filename="f"\r\n\r\ncontent\r\n' in echo["body"]


@pytest.mark.parametrize("status", [404, 418, 500, 503])
def test_refusals_fail_and_keep_the_connection(drive: Run, url: str, status: int) -> None:
    result = drive(url, f"/status/{status}", "/ok")
    assert (result["failures"], result["connections"]) == (1, 1)
    assert f"{status} " in only_error(result)


# What no service should do


@pytest.mark.parametrize("keep", ["", "&keep=1"])
@pytest.mark.parametrize("kind", [*MALFORMED, "huge-header", "many-headers"])
def test_a_malformed_answer_is_one_failed_request(drive: Run, url: str, kind: str, keep: str) -> None:
    bad = {"url": f"/malformed?kind={kind}{keep}", "options": {"timeout": 0.3}}
    result = drive(url, bad, "/ok", bad, "/ok")
    assert result["answers"][1]["text"] == result["answers"][3]["text"] == BODY
    if kind in LEGIBLE:
        assert result["failures"] == 0
        return
    assert (result["requests"], result["failures"]) == (4, 2)
    for error in result["errors"]:
        name, _, text = error.partition("(")
        assert name in ("MalformedResponse", "ResponseTooLarge", "RemoteDisconnected", "ReadTimeout")
        assert 10 < len(text) < 200
        assert text.isprintable()


def test_no_answer_within_the_time_allowed(drive: Run, url: str) -> None:
    result = drive(url, "/ok", {"url": "/hang", "options": {"timeout": 0.2}}, "/ok")
    assert only_error(result) == "ReadTimeout('no answer within the time allowed')"
    assert (result["requests"], result["timeouts"]) == (3, 1)


def test_a_body_that_trickles(drive: Run, url: str) -> None:
    result = drive(url, "/trickle?ms=1", {"url": "/trickle?ms=500", "options": {"timeout": 0.2}}, "/ok")
    assert result["failures"] == 1
    assert "ReadTimeout" in only_error(result)
    assert texts(result)[0] == texts(result)[2] == BODY


def test_a_body_that_trickles_for_longer_than_a_response_may_take(drive: Run, url: str) -> None:
    result = drive(url, "/trickle?ms=50", "/ok", response_timeout=0.3)
    assert only_error(result) == "ReadTimeout('the response was not complete after 0.3 s')"


@pytest.mark.parametrize("ms", [0, 10])
@pytest.mark.parametrize("mode", ["length", "chunked", "close"])
def test_a_body_without_end(drive: Run, url: str, mode: str, ms: int) -> None:
    result = drive(url, f"/endless?mode={mode}&ms={ms}", "/ok", response_timeout=0.3)
    error = only_error(result)
    if mode == "length":
        assert error == "ResponseTooLarge('response body of 1099511627776 bytes exceeds 256 MiB')"
    else:
        assert error == "ReadTimeout('the response was not complete after 0.3 s')"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/reset", "ConnectionResetError(104, 'Connection reset by peer')"),
        ("/reset?at=body", "ConnectionResetError(104, 'Connection reset by peer')"),
        ("/no-response", "RemoteDisconnected('Remote end closed connection without response')"),
        ("/early-close?bytes=10", "RemoteDisconnected('server closed the connection in the middle of the response body')"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_connections_that_break(drive: Run, url: str, path: str, error: str, method: str) -> None:
    result = drive(url, {"url": path, "method": method}, "/ok", {"url": path, "method": method}, "/ok")
    assert (result["requests"], result["errors"]) == (4, [error, error])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_listens(drive: Run, method: str) -> None:
    result = drive(f"http://127.0.0.1:{free_port()}", {"url": "/", "method": method})
    assert only_error(result) == "ConnectionRefusedError(111, 'Connection refused')"
    assert result["answers"][0] == {
        "status": 0,
        "error": "ConnectionRefusedError(111, 'Connection refused')",
        "text": "",
        "length": "",
        "url": result["answers"][0]["url"],
    }


def test_a_name_that_does_not_exist(drive: Run) -> None:
    result = drive("http://no-such-host.invalid", "/")
    assert only_error(result).startswith("gaierror(-")


@pytest.mark.parametrize(
    "host",
    ["[fe80::1%25" + "a" * 70 + "]", "a" * 64 + ".example", ".example", "a..example"],
)
def test_a_service_redirects_to_what_can_be_no_name(drive: Run, url: str, host: str) -> None:
    result = drive(url, {"url": f"/redirect-to?url={quote(f'http://{host}/')}"}, "/ok")
    assert (result["requests"], result["failures"], result["interrupted"]) == (2, 1, 0)
    assert only_error(result).startswith(("OSError(99, ", "gaierror(", "InvalidRedirect("))


def test_names_looked_up_are_not_kept_without_bound(drive: Run, url: str) -> None:
    port = url.rpartition(":")[2]
    hosts = [f"http://127.0.{number // 250}.{number % 250 + 1}:{port}/" for number in range(1005)]
    result = drive(url, *[{"url": host, "method": "OPTIONS"} for host in hosts])
    assert result["requests"] == 1005
    assert result["kept_names"] <= 1000


def test_a_connection_refused_leaves_nothing_for_the_garbage_collector(drive: Run) -> None:
    result = drive(f"http://127.0.0.1:{free_port()}", *["/"] * 20)
    assert (result["failures"], result["kept_errors"]) == (20, 0)


def test_nor_does_one_that_stood_at_the_second_address(drive: Run, url: str) -> None:
    port = int(url.rpartition(":")[2])
    names = [["shop", port, ["127.0.0.1", free_port()], ["127.0.0.1", port]]]
    result = drive(f"http://shop:{port}", *["/close"] * 20, names=names)
    assert (result["failures"], result["connections"], result["kept_errors"]) == (0, 20, 0)


def test_too_many_open_files(drive: Run, url: str) -> None:
    result = drive(url, "/close", {"url": "/ok", "open_files": 0}, "/ok")
    assert (result["requests"], only_error(result)) == (3, "OSError(24, 'Too many open files')")


@pytest.mark.parametrize("path", ["/hang", "/trickle?ms=200", "/redirect-to?url=/hang"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_scenarios_own_timeout_leaves_the_client_usable(drive: Run, url: str, path: str, method: str) -> None:
    result = drive(url, "/ok", {"url": path, "method": method, "give_up_after": 0.1}, "/ok")
    assert result["answers"][1] == {"given_up": True}
    assert (result["requests"], result["failures"], result["interrupted"]) == (2, 0, 1)


# Sockets of other kinds


def test_unix_socket(drive: Run, tmp_path: Path) -> None:
    with target_server("--unix", str(tmp_path / "socket")) as unix:
        result = drive(unix, "/ok", "/echo", "/redirect/1", "/close", "/ok")
        assert (result["failures"], result["connections"]) == (0, 2)
        assert ["Host", "localhost"] in json.loads(texts(result)[1])["headers"]
    result = drive(f"http+unix://{str(tmp_path).replace('/', '%2F')}%2Fnone", "/")
    assert only_error(result) == "FileNotFoundError(2, 'No such file or directory')"


@contextmanager
def one_answer(listener: socket.socket, context: ssl.SSLContext | None = None) -> Iterator[list[Any]]:
    """Answer every connection once; gives the list of what was learned about each."""
    seen: list[Any] = []

    def serve() -> None:
        while True:
            try:
                connection, address = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    stream = context.wrap_socket(connection, server_side=True) if context else connection
                    data = stream.recv(65536)
                    certificate = stream.getpeercert() if isinstance(stream, ssl.SSLSocket) else None
                    seen.append((address, data, certificate))
                    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
                    stream.close()
                except OSError as error:
                    seen.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield seen
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_ipv6(drive: Run) -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    port = listener.getsockname()[1]
    with one_answer(listener) as seen:
        assert texts(drive(f"http://[::1]:{port}", "/")) == ["hello"]
    assert f"Host: [::1]:{port}\r\n".encode() in seen[0][1]


def test_a_name_with_several_addresses_is_tried_through(drive: Run, url: str) -> None:
    # "localhost" stands for ::1 as well on many machines, where nobody listens.
    assert texts(drive(url.replace("127.0.0.1", "localhost"), "/ok", "/ok")) == [BODY, BODY]


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def pem(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ca.pem, server.pem and client.pem; the last two hold their keys, too."""
    folder = tmp_path_factory.mktemp("pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    authority.issue_cert("joe@example.org").private_key_and_cert_chain_pem.write_to_path(folder / "client.pem")
    return folder


@pytest.fixture(scope="module")
def tls_url(pem: Path) -> Iterator[str]:
    with target_server("--tls", str(pem / "server.pem"), str(pem / "server.pem")) as started:
        yield started


def test_certificates_are_verified_unless_told_otherwise(drive: Run, tls_url: str, pem: Path) -> None:
    result = drive(tls_url, "/ok")
    assert only_error(result).startswith("SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]")
    for settings in ({"verify": str(pem / "ca.pem")}, {"verify": False}):
        assert drive(tls_url, *["/ok"] * 5, **settings)["failures"] == 0
    assert drive(tls_url, {"url": "/ok", "options": {"verify": str(pem / "ca.pem")}})["failures"] == 0


def test_the_fast_client_does_not_verify_unless_told(drive: Run, tls_url: str) -> None:
    result = drive(tls_url, *["/ok"] * 5, fast=True)
    assert (result["failures"], result["connections"]) == (0, 1)
    assert drive(tls_url, "/ok", fast=True, verify=True)["failures"] == 1


def test_a_certificate_for_another_name(drive: Run, tls_url: str, pem: Path) -> None:
    result = drive(tls_url.replace("127.0.0.1", "127.0.0.2"), "/ok", verify=str(pem / "ca.pem"))
    assert "127.0.0.2" in only_error(result) or "Connection refused" in only_error(result)


def test_a_missing_ca_file(drive: Run, tls_url: str, tmp_path: Path) -> None:
    assert only_error(drive(tls_url, "/ok", verify=str(tmp_path / "none.pem"))).startswith("FileNotFoundError(2, ")


@pytest.mark.parametrize("path", ["/close", "/chunked?n=3", "/informational", "/close-delimited", "/bytes/10000000", "/204"])
def test_answers_over_tls(drive: Run, tls_url: str, pem: Path, path: str) -> None:
    result = drive(tls_url, path, "/ok", path, verify=str(pem / "ca.pem"))
    assert (result["requests"], result["failures"]) == (3, 0)


def test_uploads_over_tls(drive: Run, tls_url: str, pem: Path) -> None:
    upload = {"url": "/echo", "method": "POST", "options": {"data": "x" * 3_000_000}}
    result = drive(tls_url, upload, upload, verify=str(pem / "ca.pem"))
    assert (result["failures"], result["connections"]) == (0, 1)


def test_faults_over_tls(drive: Run, tls_url: str, pem: Path) -> None:
    for path in ("/reset", "/no-response", "/early-close?bytes=10", "/malformed?kind=binary"):
        result = drive(tls_url, path, "/ok", path, "/ok", verify=str(pem / "ca.pem"))
        assert (result["requests"], result["failures"]) == (4, 2), path
    result = drive(tls_url, {"url": "/hang", "options": {"timeout": 0.2}}, "/ok", verify=str(pem / "ca.pem"))
    assert only_error(result) == "ReadTimeout('no answer within the time allowed')"


def test_idle_connections_over_tls(drive: Run, tls_url: str, pem: Path) -> None:
    steps: list[Any] = [
        "/idle-close?ms=20",
        {"url": "/ok", "pause": 0.1},
        {"url": "/ok", "pause": 0.6},
        {"url": "/ok", "method": "POST"},
    ]
    result = drive(tls_url, *steps, verify=str(pem / "ca.pem"))
    assert (result["failures"], result["connections"]) == (0, 2)


def test_tls_with_a_service_that_speaks_none(drive: Run, url: str) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with one_answer(listener):
        error = only_error(drive(f"https://127.0.0.1:{listener.getsockname()[1]}", "/ok"))
    assert error.startswith("SSLError(1, '[SSL: WRONG_VERSION_NUMBER]")
    assert "MalformedResponse" in only_error(drive(url, "/malformed?kind=tls"))


def test_a_tls_handshake_that_never_ends(drive: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        result = drive(silent_url, {"url": "/", "options": {"timeout": [0.2, 5]}})
    assert only_error(result) == "ConnectTimeout('no TLS handshake within the time allowed')"
    assert result["timeouts"] == 1


def test_server_name_indication_and_client_certificate(drive: Run, authority: trustme.CA, pem: Path) -> None:
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem / "server.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    context.sni_callback = lambda _, name, __: names.append(name)
    listener = socket.create_server(("127.0.0.1", 0))
    service = f"https://localhost:{listener.getsockname()[1]}"
    ca = str(pem / "ca.pem")
    with one_answer(listener, context) as seen:
        assert texts(drive(service, "/", verify=ca, cert=str(pem / "client.pem"))) == ["hello"]
        assert seen[-1][2]["subjectAltName"] == (("email", "joe@example.org"),)
        assert names == ["localhost"]
        refused = only_error(drive(service, "/", verify=ca))
        assert "SSL" in refused or "Reset" in refused  # whichever arrives first: the alert, or the end of the connection
