"""A run that reads its service through agents, all of them processes: what it sees, and every way in which they can fail."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from loadcell.agent.access import Access, trusting
from loadcell.agent.client import AgentClient
from loadcell.clock import SystemClock
from loadcell.errors import MonitorError
from loadcell.store import RunReader
from tests.integration.agents import TOKEN, RunningAgent, Secrets, agent
from tests.integration.loadcell_command import RunningCommand, wait_until
from tests.integration.monitored import APP, free_port, uvicorn
from tests.probe.servers import uvicorn as probed

pytest.importorskip("uvicorn")

SCENARIO = """
from loadcell import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.01)

    @task
    def busy(self):
        self.client.get("/busy?0.002", name="/busy")
"""
PROBED = f"import loadcell_probe\n{APP}\napp = loadcell_probe.install(app)\n"


def words_of(port: int, *words: str, seconds: int) -> list[str]:
    base = ["-H", f"http://127.0.0.1:{port}", "-u", "2", "-r", "10", "-t", f"{seconds}s", "--json", "out.json"]
    return [*base, *words]


def run(folder: Path, port: int, *words: str, seconds: int) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    folder.mkdir(exist_ok=True)
    (folder / "locustfile.py").write_text(SCENARIO)
    command = [sys.executable, "-m", "loadcell", "run", "--headless", *words_of(port, *words, seconds=seconds)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90, check=False)
    assert "Traceback" not in done.stderr
    assert (folder / "out.json").exists(), done.stderr
    return json.loads((folder / "out.json").read_text()), done


def reader_of(folder: Path) -> RunReader:
    (path,) = (folder / ".loadcell/runs").glob("*.loadcell")
    return RunReader.open(path)


def told(found: dict[str, Any], kind: str = "monitor_failed") -> list[str]:
    return [event["text"] for event in found["events"] if event["kind"] == kind]


def test_a_run_sees_through_an_agent_what_it_sees_itself(tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text(PROBED)
    with probed("served:app", tmp_path / "probe", {}, "--lifespan", "off", cwd=tmp_path) as service:
        port = int(service.url.rpartition(":")[2])
        probes = ["--probe-dir", str(tmp_path / "probe")]
        here, _ = run(tmp_path / "here", port, *probes, seconds=5)
        with agent(tmp_path, "--port", str(port), *probes) as running:
            there, done = run(tmp_path / "there", port, "--agent", running.place, seconds=5)
            assert running.end() == 0
    assert done.returncode == 0
    assert told(there) == []
    # What appears only where there was something of it may be missing in one of them.
    assert set(there["server"]) - {"memory_growth"} == set(here["server"]) - {"memory_growth"}
    assert {name: one["unit"] for name, one in there["server"].items()}.items() <= {
        **{name: one["unit"] for name, one in here["server"].items()}, "memory_growth": "MB/min"
    }.items()  # fmt: skip
    for signal, factor in {"workers": 1.0, "memory": 1.3, "loop_cpu": 5.0, "request_time": 5.0}.items():
        one, other = there["server"][signal]["avg"], here["server"][signal]["avg"]
        assert other / factor <= one <= other * factor, signal
    assert there["stages"][-1]["server"]["loop_cpu"]["avg"] > 5
    assert there["diagnosis"]["sources"] == here["diagnosis"]["sources"] == ["client", "outside", "probe"]
    target = there["environment"]["target"]
    record = target["agents"][running.place]
    for name in ("workers", "cores", "python", "command", "server"):
        assert target[name] == here["environment"]["target"][name], name
    assert target["memory_mb"] == there["environment"]["generator"]["memory_mb"]
    assert record["host"] == socket.gethostname().partition(".")[0]
    assert record["same_machine"] is True
    assert 0 < record["clock_error_ms"] < 1000
    (met,) = told(there, "agent_read")
    assert f"The agent {running.place} on {record['host']} is read: the service on port {port}" in met
    assert "127.0.0.1 reads" in running.said
    assert "127.0.0.1 has gone after" in running.said
    with reader_of(tmp_path / "there") as reader:
        readings = reader.readings()
        sources = {reading.source for reading in readings}
        assert sources == {f"{name} on {running.place}" for name in ("host", "processes", "sockets", "probe")}
        # The agent reads at the run's own seconds: within the error of its clock, they are full ones.
        assert all(reading.at_s == round(reading.at_s) for reading in readings if reading.at_s >= 1)
        assert {reading.of for reading in reader.readings("worker_cpu")} == {str(service.process.pid)}
        seconds = sorted(reader.signals())
        assert seconds == list(range(seconds[0], seconds[-1] + 1)), "each once, and none is missing"
        assert len(seconds) >= 3


@pytest.mark.verify
def test_the_cause_is_found_through_an_agent(tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text(PROBED)
    (tmp_path / "locustfile.py").write_text(SCENARIO.replace("/busy?0.002", "/block?0.02").replace("0.01)", "0.1)"))
    with probed("served:app", tmp_path / "probe", {}, "--lifespan", "off", cwd=tmp_path) as service:
        port = service.url.rpartition(":")[2]
        with agent(tmp_path, "--port", port, "--probe-dir", str(tmp_path / "probe")) as running:
            load = ["-u", "20", "-r", "1", "-t", "32s", "--json", "out.json"]
            command = [
                sys.executable,
                "-m",
                "loadcell",
                "run",
                "--headless",
                "-H",
                service.url,
                "--agent",
                running.place,
                *load,
            ]
            subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=90, check=True)
    first = json.loads((tmp_path / "out.json").read_text())["findings"][0]
    line = 1 + PROBED[: PROBED.index("time.sleep(")].count("\n")
    assert (first["code"], first["where"], first["confidence"]) == ("blocked_event_loop", f"served.py:{line}", "high")


@pytest.mark.verify
def test_over_tls_with_a_token_two_machines_are_told_apart(tmp_path: Path) -> None:
    secrets = Secrets.made(tmp_path, "127.0.0.1", "localhost")
    (tmp_path / "other").mkdir()
    with (
        uvicorn(tmp_path) as (port, pid),
        agent(tmp_path, "--port", str(port), *secrets.for_agent, listen="0.0.0.0:0") as one,
        agent(tmp_path / "other", "--pid", str(pid), *secrets.for_agent) as other,
    ):
        first, second = (f"localhost:{one.place.rpartition(':')[2]}", other.place)
        agents = ["--agent", f"https://{first}", "--agent", f"https://{second}"]
        found, done = run(tmp_path / "run", port, *agents, *secrets.for_run, seconds=4)
    assert done.returncode == 0
    assert told(found) == []
    assert set(found["environment"]["target"]["agents"]) == {first, second}
    # The same process twice, for want of a second machine.
    assert found["server"]["workers"]["max"] == 2
    with reader_of(tmp_path / "run") as reader:
        assert {reading.of for reading in reader.readings("worker_cpu")} == {f"{first}/{pid}", f"{second}/{pid}"}
        assert {reading.of for reading in reader.readings("host_cpu")} == {first, second}
    for text in (done.stderr, json.dumps(found), one.said, other.said):
        assert TOKEN not in text
    assert TOKEN.encode() not in next((tmp_path / "run/.loadcell/runs").glob("*.loadcell")).read_bytes()


@pytest.mark.verify
def test_an_agent_that_is_killed_is_told_of_once_and_read_again(tmp_path: Path) -> None:
    (tmp_path / "locustfile.py").write_text(SCENARIO)
    place = f"127.0.0.1:{free_port()}"
    with uvicorn(tmp_path) as (port, _):
        command = RunningCommand(tmp_path, words_of(port, "--agent", place, seconds=30))
        with closing(command):
            with agent(tmp_path, "--port", str(port), listen=place) as first:
                wait_until(lambda: "127.0.0.1 reads" in first.said, "it is read")
                time.sleep(2)
                first.kill()
            wait_until(lambda: f"The agent {place} has closed the connection" in command.err, "it is missed")
            with agent(tmp_path, "--port", str(port), listen=place) as second:
                wait_until(lambda: "127.0.0.1 reads" in second.said, "it is read again")
                time.sleep(2)
                command.interrupt()
                result = command.wait()
    assert result.code == 0
    (failed,) = result.events("monitor_failed")
    assert failed.text == f"The agent {place} has closed the connection. The load goes on without its readings."
    (back,) = result.events("monitor_back")
    assert back.text.startswith(f"The agent {place} is read again; ")
    assert len(result.events("agent_read")) == 1
    with result.reader() as reader:
        seconds = sorted(reader.signals())
        assert any(second < failed.at_s for second in seconds)
        assert any(second >= back.at_s for second in seconds)
        # While nobody watched the load went on, and nothing was made up.
        gap = range(int(failed.at_s) + 1, int(back.at_s) - 1)
        assert not set(gap) & set(seconds)
        assert all(reader.total(second, second + 1).requests for second in gap)


class AnotherVersion(BaseHTTPRequestHandler):
    """An agent that is further than we are."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = b'{"agent": 2, "loadcell": "9.9.9", "watches": {"all": "new"}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_every_agent_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    """One after the other would take a run each: so all at once."""
    mine, foreign = tmp_path / "mine", tmp_path / "foreign"
    mine.mkdir(), foreign.mkdir()
    right, wrong = Secrets.made(mine, "127.0.0.1"), Secrets.made(foreign, "127.0.0.1")
    named = tmp_path / "named"
    named.mkdir()
    misnamed = Secrets.made(named, "web1.example.com")
    wrong.token.write_text("another-token-that-is-wrong")
    absent = f"127.0.0.1:{free_port()}"
    with (
        uvicorn(tmp_path) as (port, _),
        agent(mine, "--port", str(port), "--token-file", str(right.token)) as tokened,
        agent(foreign, "--port", str(port), "--tls-cert", str(wrong.certificate)) as distrusted,
        agent(named, "--port", str(port), "--tls-cert", str(misnamed.certificate)) as for_tls,
        agent(tmp_path, "--port", str(port)) as plain,
        served(AnotherVersion) as newer,
    ):
        urls = [absent, tokened.place, distrusted.url, for_tls.place, f"https://{plain.place}", newer, f"127.0.0.1:{port}"]
        agents = [word for url in urls for word in ("--agent", url)]
        secrets = ["--agent-token-file", str(wrong.token), "--agent-ca", str(right.authority)]
        found, done = run(tmp_path / "run", port, *agents, *secrets, seconds=5)
    assert done.returncode == 0, "the load goes on"
    expected = {
        f"The agent {absent} can't be reached: Connection refused. The load goes on without its readings. "
        "Start it on the service's host: loadcell agent --port PORT.",
        f"The agent {tokened.place} does not accept the token. The load goes on without its readings. "
        "Take the agent's: --agent-token-file FILE.",
        f"The certificate of the agent {distrusted.place} is not accepted: unable to get local issuer certificate. The load "
        "goes on without its readings. Name the certificate of its authority with --agent-ca, and the agent as its "
        "certificate does.",
        f"The agent {for_tls.place} has closed the connection. The load goes on without its readings. "
        "If it speaks TLS, write https:// before its name.",
        f"The agent {plain.place} does not speak TLS (",
        f"The agent {newer} speaks version 2 of the protocol (Loadcell 9.9.9), and version 1 is read here",
        f"What answers at 127.0.0.1:{port} is no agent of Loadcell. The load goes on without its readings.",
    }
    troubles = told(found)
    assert len(troubles) == len(expected), troubles
    for text in expected:
        assert [trouble for trouble in troubles if trouble.startswith(text)], text + "\n" + "\n".join(troubles)
    for trouble in troubles:
        assert done.stderr.count(trouble) == 2, "once while it runs, once in the summary"
    assert set(AnotherVersion.asked) == {"/"}, "what is not understood is not asked for more"
    assert found["server"] == {}
    assert any("loadcell agent" in text for text in found["diagnosis"]["unseen"])
    assert "was refused" in tokened.said


def test_a_certificate_of_another_name_is_told(tmp_path: Path) -> None:
    secrets = Secrets.made(tmp_path, "web1.example.com")
    with uvicorn(tmp_path) as (port, _), agent(tmp_path, "--port", str(port), *secrets.for_agent) as running:
        access = Access(TOKEN, trusting(secrets.authority))
        with closing(AgentClient(running.url, access, SystemClock())) as client, pytest.raises(MonitorError) as told_of:
            client.about()
    assert told_of.value.message == (
        f"The certificate of the agent {running.place} is not accepted: IP address mismatch, certificate is not valid for "
        "'127.0.0.1'"
    )


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAgent]:
    """An agent on loopback that wants a token."""
    folder = tmp_path_factory.mktemp("closed")
    secrets = Secrets.made(folder, "127.0.0.1")
    with uvicorn(folder) as (port, _), agent(folder, "--port", str(port), "--token-file", str(secrets.token)) as running:
        yield running


PATHS = ("/", "/clock", "/readings", "/latest", "/metrics", "/../etc/passwd", "/nothing")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": b"Bearer \xff\xfe"},
        {"Host": "evil.example"},
    ],
)
def test_without_the_token_nothing_is_disclosed(closed: RunningAgent, headers: dict[str, Any]) -> None:
    answers = [httpx.request(method, closed.url + path, headers=headers) for path in PATHS for method in ("GET", "POST")]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.text for answer in answers} == {"A token is needed.\n"}
    names = {"content-type", "cache-control", "content-length", "connection", "www-authenticate"}
    assert all(set(answer.headers) == names for answer in answers), "not even which program answers"


def test_with_the_token_it_only_reads(closed: RunningAgent) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=closed.url, headers=headers) as client:
        assert client.get("/").json()["agent"] == 1
        for path in ("/", "/clock", "/readings", "/latest", "/metrics"):
            for method in ("POST", "PUT", "DELETE", "HEAD"):
                assert client.request(method, path).status_code == 405, (method, path)
        assert client.post("/", content=b"x" * 10).status_code == 400, "it takes no body"
        assert client.get("/../../etc/passwd").status_code == 404
        assert client.get("/readings?phase=2").status_code == 400
        assert client.get("/readings?phase=nan").status_code == 400
        assert client.get("/", headers={"X": "x" * 10_000}).status_code == 431


def test_whoever_is_not_understood_is_told_nothing(closed: RunningAgent) -> None:
    host, _, port = closed.place.rpartition(":")
    for sent in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"hello\r\n\r\n"):
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.sendall(sent)
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert answer.endswith(b"\r\n\r\nNot understood.\n")


def test_a_page_under_another_name_may_not_ask(tmp_path: Path) -> None:
    """A browser on the machine may be led to loopback by a name of somebody else's."""
    with uvicorn(tmp_path) as (port, _), agent(tmp_path, "--port", str(port)) as running:
        assert httpx.get(running.url, headers={"Host": "evil.example:8900"}).status_code == 403
        for host in ("127.0.0.1", "localhost:1", "[::1]:8900"):
            assert httpx.get(running.url, headers={"Host": host}).status_code == 200


def test_a_page_for_prometheus(tmp_path: Path) -> None:
    with uvicorn(tmp_path) as (port, pid), agent(tmp_path, "--port", str(port)) as running:
        plain = httpx.get(f"{running.url}/metrics", timeout=20)
        marked = httpx.get(
            f"{running.url}/metrics", timeout=20, headers={"Accept": "application/openmetrics-text;version=1.0.0"}
        )
    assert plain.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = {one.name: one for family in text_string_to_metric_families(plain.text) for one in family.samples}
    assert found["loadcell_reading_loop_cpu_ratio"].labels == {"source": "processes", "worker": str(pid)}
    assert 0 <= found["loadcell_server_host_cpu_ratio"].value <= 1
    assert found["loadcell_server_memory_bytes"].value > 1e6
    assert found["loadcell_build_info"].value == 1
    assert marked.text.endswith("# EOF\n")


@pytest.mark.verify
def test_secrets_stay_where_the_agent_is(tmp_path: Path) -> None:
    dsn = f"postgresql://anna:geheim@127.0.0.1:{free_port()}/shop?password=geheim2"
    page = f"http://anna:geheim@127.0.0.1:{free_port()}/metrics?key=geheim"
    with (
        uvicorn(tmp_path) as (port, _),
        agent(tmp_path, "--port", str(port), "--prometheus", page, LOADCELL_POSTGRES=dsn) as running,
    ):
        about = httpx.get(running.url)
        latest = httpx.get(f"{running.url}/latest", timeout=20)
        found, done = run(tmp_path / "run", port, "--agent", running.place, seconds=5)
        wait_until(lambda: "not yet" in running.said, "it has looked")
    assert "PostgreSQL shop on 127.0.0.1" in about.json()["watches"][1]
    assert {"loop_cpu", "host_cpu", "memory"} <= set(latest.json()["signals"])
    assert len(told(found)) == 2
    for text in (about.text, latest.text, json.dumps(found), done.stderr, running.said):
        assert "geheim" not in text


def test_more_controllers_than_it_takes_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with uvicorn(tmp_path) as (port, _), agent(tmp_path, "--port", str(port)) as running:
        place = running.place.rpartition(":")
        readers = []
        for _ in range(4):
            reader = socket.create_connection((place[0], int(place[2])), 10)
            reader.sendall(b"GET /readings?phase=0.5 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert reader.recv(15).startswith(b"HTTP/1.1 200 OK")
            readers.append(reader)
        with closing(AgentClient(running.url, Access(), SystemClock())) as client, pytest.raises(MonitorError) as told_of:
            list(client.readings(0.5))
        assert told_of.value.message == (
            f"The agent {running.place} takes no more: 4 controllers read already, and more than that are too many."
        )
        for reader in readers:
            reader.close()
        wait_until(lambda: running.said.count("has gone") == 4, "all have gone")
        with httpx.stream("GET", f"{running.url}/readings") as answer:
            assert answer.status_code == 200


def test_old_tls_is_not_spoken(tmp_path: Path) -> None:
    secrets = Secrets.made(tmp_path, "127.0.0.1")
    with uvicorn(tmp_path) as (port, _), agent(tmp_path, "--port", str(port), *secrets.for_agent) as running:
        context = ssl.create_default_context(cafile=secrets.authority)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with httpx.Client(verify=context) as client:
            assert client.get(running.url).status_code == 401
        host, _, its_port = running.place.rpartition(":")
        with socket.create_connection((host, int(its_port)), 10) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
        assert b"HTTP" not in answer
