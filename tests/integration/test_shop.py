"""The example service on a real PostgreSQL: its routes, its own count of requests, and its starting and stopping."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

LOCKED_ITEM = "/items/401"  # asked for by no other test
LOG_LINE = re.compile(r"[A-Z]+ /\S* \d{3} \d+\.\d{3}")


@dataclass
class Shop:
    """`python -m loadcell_shop` as a process, on one data directory."""

    directory: Path
    url: str = ""
    database_url: str = ""
    process: subprocess.Popen[str] | None = None

    def start(self, *, workers: int, **settings: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SHOP_")}
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "loadcell_shop", "--port", "0", "--workers", str(workers)),
                *("--data", self.directory / "data"),
            ],
            env=inherited | {"SHOP_ACCESS_LOG": str(self.directory / "access.log")} | settings,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.database_url = self._announced("database at")
        self.url = self._announced("listening on")

    def stop(self) -> int:
        """Stop the shop as a process manager does; returns its exit code."""
        assert self.process is not None
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        with process:
            return process.wait(30)

    def log(self) -> list[str]:
        return (self.directory / "access.log").read_text().splitlines()

    def logged(self, paths: Sequence[str]) -> list[str]:
        """Return method, path and status of the requests for these paths."""
        entries = [line.split() for line in self.log()]
        return [" ".join(entry[:3]) for entry in entries if entry[1] in paths]

    def logged_in(self) -> httpx.Client:
        client = httpx.Client(base_url=self.url)
        answer = client.post("/login", json={"username": "test_user", "password": "password"})
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return client

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """A connection to the shop's database on which every statement stands alone."""
        engine = create_async_engine(
            self.database_url.replace("postgresql:", "postgresql+asyncpg:"), isolation_level="AUTOCOMMIT"
        )
        async with engine.connect() as connection:
            yield connection
        await engine.dispose()

    def scalar(self, statement: str) -> object:
        async def ask() -> object:
            async with self.connection() as connection:
                return await connection.scalar(text(statement))

        return asyncio.run(ask())

    def _announced(self, what: str) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith(f"shop: {what} "), line
        return line.split()[-1]


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    # Not tmp_path: as root PostgreSQL runs under another account, which may not enter pytest's directories.
    with tempfile.TemporaryDirectory(prefix="shop-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        shop = Shop(Path(directory))
        shop.start(workers=2)
        try:
            yield shop
        finally:
            if shop.process is not None:
                shop.stop()
            for pid_file in shop.directory.glob("data/*/postmaster.pid"):  # left only by a test that failed
                os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, for 15 s at most."""
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


@pytest.fixture
def client(shop: Shop) -> Iterator[httpx.Client]:
    with closing(shop.logged_in()) as client:
        yield client


def test_serves_what_an_unmodified_scenario_asks_for(client: httpx.Client) -> None:
    assert client.get("/").status_code == 200
    assert client.get("/health").json() == {"status": "ok"}
    assert [client.get(f"/items/{item}").status_code for item in range(1, 101)] == [200] * 100
    assert client.post("/items/", json={"name": "LocustItem_1", "price": 234.5678901}).status_code == 201


def test_an_item_that_was_created_can_be_read(client: httpx.Client) -> None:
    created = client.post("/items/", json={"name": "Lamp", "price": 19.999}).json()
    assert client.get(f"/items/{created['id']}").json() == {"id": created["id"], "name": "Lamp", "price": 20.0}


@pytest.mark.parametrize("item", [0, 999_999_999, 10**30, -1])
def test_an_absent_item_is_not_found(client: httpx.Client, item: int) -> None:
    assert client.get(f"/items/{item}").status_code == 404


@pytest.mark.parametrize("body", [{"name": "x"}, {"name": "\0", "price": 1}, {"name": "x", "price": -1}])
def test_an_item_that_makes_no_sense_is_refused(client: httpx.Client, body: dict[str, object]) -> None:
    assert client.post("/items/", json=body).status_code == 422


def test_orders_are_the_customers_own_newest_first_and_limited(client: httpx.Client) -> None:
    lines = [{"item_id": 3, "quantity": 2}, {"item_id": 4, "quantity": 1}]
    created = client.post("/orders", json={"lines": lines})
    assert created.status_code == 201

    orders = client.get("/orders", params={"limit": 3}).json()

    assert len(orders) == 3
    assert orders[0]["id"] == created.json()["id"]
    assert [line["quantity"] for line in orders[0]["lines"]] == [2, 1]
    assert orders[0]["lines"][0] == {"item": "Item 3", "price": 4.0, "quantity": 2}
    times = [order["created_at"] for order in orders]
    assert times == sorted(times, reverse=True)
    stranger = httpx.post(f"{client.base_url}/login", json={"username": "customer_2", "password": "password"}).json()
    theirs = client.get("/orders", headers={"Authorization": f"Bearer {stranger['access_token']}"}).json()
    assert not {order["id"] for order in theirs} & {order["id"] for order in orders}


def test_an_order_of_an_absent_item_is_refused_and_leaves_nothing(client: httpx.Client) -> None:
    before = client.get("/orders").json()
    assert client.post("/orders", json={"lines": [{"item_id": 999_999_999, "quantity": 1}]}).status_code == 404
    assert client.get("/orders").json() == before


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer 1.forged", "Bearer x", "Basic abc"])
def test_orders_need_a_token_of_the_shop(shop: Shop, header: str | None) -> None:
    assert httpx.get(f"{shop.url}/orders", headers={"Authorization": header} if header else {}).status_code == 401


def test_a_wrong_password_is_refused(client: httpx.Client) -> None:
    assert client.post("/login", json={"username": "test_user", "password": "guess"}).status_code == 401


def test_the_access_log_has_one_whole_line_per_request_of_all_workers(shop: Shop) -> None:
    paths = [f"/items/{item}" for item in (*range(501, 701), *range(5_000_001, 5_000_101))]  # no other test's

    async def send() -> list[str]:
        async with httpx.AsyncClient(base_url=shop.url, limits=httpx.Limits(max_connections=10)) as client:
            answers = await asyncio.gather(*(client.get(path, params={"x": "a b\n"}) for path in paths))
        return [f"GET {answer.url.path} {answer.status_code}" for answer in answers]

    answered = asyncio.run(send())

    wait_until(lambda: len(shop.logged(paths)) >= len(answered))
    assert sorted(shop.logged(paths)) == sorted(answered)
    assert all(LOG_LINE.fullmatch(line) for line in shop.log())


async def send_while_items_are_locked(shop: Shop, meanwhile: Callable[[], None]) -> None:
    """Send a request for an item, call `meanwhile` once the handler waits for the database, then let it go on."""
    async with shop.connection() as locking, shop.connection() as watching:
        await locking.execute(text("BEGIN"))
        await locking.execute(text("LOCK TABLE items IN ACCESS EXCLUSIVE MODE"))
        address = httpx.URL(shop.url)
        with socket.create_connection((address.host, address.port)) as connection:
            connection.sendall(f"GET {LOCKED_ITEM} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
            async with asyncio.timeout(15):
                while not await watching.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                    pass
            meanwhile()
        await locking.execute(text("ROLLBACK"))


def test_the_access_log_counts_a_request_whose_client_went_away(shop: Shop) -> None:
    asyncio.run(send_while_items_are_locked(shop, meanwhile=lambda: None))
    wait_until(lambda: bool(shop.logged([LOCKED_ITEM])))
    assert shop.logged([LOCKED_ITEM]) == [f"GET {LOCKED_ITEM} 200"]


def test_a_busy_port_is_told_in_one_sentence(shop: Shop) -> None:
    port = str(httpx.URL(shop.url).port)
    second = subprocess.run(
        [sys.executable, "-m", "loadcell_shop", "--port", port], capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert second.stderr == f"shop: Port {port} cannot be used (Address already in use). Choose another one with --port.\n"


def test_a_data_directory_in_use_is_told_in_one_sentence(shop: Shop) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "loadcell_shop", "--port", "0", "--data", shop.directory / "data"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.startswith("shop: Another shop is using ")
    assert second.stderr.count("\n") == 1


def test_a_restart_keeps_the_data_and_takes_new_settings(shop: Shop, client: httpx.Client) -> None:
    index_count = "SELECT count(*) FROM pg_indexes WHERE indexname = 'ix_order_lines_order_id'"
    lamp = client.post("/items/", json={"name": "Lamp", "price": 20}).json()
    token = client.headers["Authorization"]
    assert shop.scalar(index_count) == 1
    lines = shop.scalar("SELECT count(*) FROM order_lines")

    assert shop.stop() == 0
    assert not list(shop.directory.glob("data/*/postmaster.pid"))
    shop.start(workers=1, SHOP_ORDER_INDEX="0", SHOP_POOL_SIZE="1", SHOP_POOL_TIMEOUT="0.1")

    assert httpx.get(f"{shop.url}/items/{lamp['id']}").json() == lamp
    assert httpx.get(f"{shop.url}/orders", headers={"Authorization": token}).status_code == 200
    assert shop.scalar(index_count) == 0
    assert shop.scalar("SELECT count(*) FROM order_lines") == lines

    answers: list[httpx.Response] = []
    asyncio.run(send_while_items_are_locked(shop, meanwhile=lambda: answers.append(httpx.get(f"{shop.url}/health"))))
    assert answers[0].status_code == 503


def test_a_server_that_a_killed_shop_left_behind_is_taken_over(shop: Shop) -> None:
    shop.stop()
    shop.start(workers=1)
    assert shop.process is not None
    with shop.process as process:
        process.kill()
    assert list(shop.directory.glob("data/*/postmaster.pid"))

    shop.start(workers=1)

    assert httpx.get(f"{shop.url}/health").status_code == 200
    assert shop.stop() == 0
    assert not list(shop.directory.glob("data/*/postmaster.pid"))
