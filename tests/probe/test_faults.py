"""Whatever goes wrong in the probe, the service doesn't notice; and without the variable there is no probe."""

import asyncio
import logging
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import loadcell_probe
from loadcell_probe.counters import Counters, Pool
from loadcell_probe.ledger import EMPTY, current
from loadcell_probe.middleware import Probed
from loadcell_probe.patches import Patches
from loadcell_probe.patches.pooling import wrap_connecting
from loadcell_probe.patches.wrapping import wrap
from loadcell_probe.worker import Worker

Message = dict[str, Any]


async def application(scope: Message, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"whole"})


async def answer(app: Any) -> tuple[int, bytes]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        response = await client.get("/")
        return response.status_code, response.content


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    made: list[Worker] = []
    yield made
    for worker in made:
        worker.close()


def test_without_the_variable_the_application_is_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOADCELL_PROBE_DIR", raising=False)
    assert loadcell_probe.install(application) is application


def test_without_the_variable_nothing_is_loaded() -> None:
    program = (
        "import sys, loadcell_probe as p; p.install(print); print([n for n in sys.modules if n.startswith(p.__name__)])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "LOADCELL_PROBE_DIR"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "['loadcell_probe']\n"


@pytest.mark.parametrize("kind", ["a file", "open to others", "too long", "below a file"])
def test_a_directory_that_cannot_be_used(
    kind: str, tmp_path: Path, workers: list[Worker], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "open").mkdir(mode=0o755)
    directory = {
        "a file": tmp_path / "file",
        "open to others": tmp_path / "open",
        "too long": tmp_path / ("d" * 120),
        "below a file": tmp_path / "file" / "below",
    }[kind]
    worker = Worker(str(directory))
    workers.append(worker)
    with caplog.at_level(logging.WARNING, "loadcell_probe"):
        assert asyncio.run(answer(Probed(application, worker))) == (200, b"whole")
    assert "The probe goes without the socket" in caplog.text
    assert any(line.startswith("the socket: ") for line in worker.counters.unseen())


def test_a_patch_that_raises_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "some_library.py").write_text("answer = 42")
    (tmp_path / "broken_patch.py").write_text("def apply(counters): raise LookupError('it has changed')")
    counters = Counters()
    patches = Patches(counters, {"some_library": "broken_patch"})
    patches.start()
    try:
        import some_library  # type: ignore[import-not-found]
    finally:
        sys.meta_path.remove(patches)
        del sys.modules["some_library"], sys.modules["broken_patch"]
    assert some_library.answer == 42
    assert counters.unseen() == ["some_library: LookupError: it has changed"]


def test_a_library_that_fails_to_import_fails_as_it_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "failing_library.py").write_text("import nothing_of_that_name")
    patches = Patches(Counters(), {"failing_library": "never_used", "missing_library": "never_used"})
    patches.start()
    try:
        with pytest.raises(ModuleNotFoundError, match="nothing_of_that_name"):
            __import__("failing_library")
        with pytest.raises(ModuleNotFoundError, match="missing_library"):
            __import__("missing_library")
    finally:
        sys.meta_path.remove(patches)


class Library:
    def sync(self, value: int) -> int:
        return value + 1

    def connect(self) -> str:
        return "a connection"

    async def asynchronous(self, value: int) -> int:
        return value + 1


def fails(*_: Any) -> Any:
    raise ValueError("in the probe")


@pytest.mark.parametrize(("begins", "ends"), [(fails, fails), (lambda *_: 1, fails)])
def test_bookkeeping_that_raises_does_not_reach_the_caller(begins: Any, ends: Any) -> None:
    counters = Counters()
    owner = type("Owner", (Library,), {})
    wrap(counters, owner, "sync", begins, ends)
    wrap(counters, owner, "asynchronous", begins, ends)
    library: Any = owner()
    assert library.sync(1) == 2
    assert asyncio.run(library.asynchronous(1)) == 2
    assert counters.unseen() == ["Owner.sync: ValueError: in the probe", "Owner.asynchronous: ValueError: in the probe"]


def test_counting_that_raises_does_not_reach_the_service(
    short: Path, workers: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(str(short / "p"))
    workers.append(worker)
    monkeypatch.setattr("loadcell_probe.counters.Requests.finish", fails)
    assert asyncio.run(answer(Probed(application, worker))) == (200, b"whole")
    assert worker.counters.unseen() == ["an answer: ValueError: in the probe"]


def test_a_connection_that_nothing_waits_for_is_made_in_a_request() -> None:
    counters = Counters()
    owner = type("Owner", (Library,), {})
    pool = Pool("library", lambda _: {})
    wrap_connecting(counters, owner, "connect", lambda _: pool)
    request = current.set(EMPTY.copy())
    try:
        assert owner().connect() == "a connection"
    finally:
        current.reset(request)
    assert (pool.connects, counters.unseen()) == (1, [])


def test_a_second_installation_changes_nothing(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(str(short / "p"))
    inner = Probed(application, worker)
    monkeypatch.setenv("LOADCELL_PROBE_DIR", str(short / "p"))
    assert loadcell_probe.install(inner) is inner
    outer = Probed(inner, worker)
    assert asyncio.run(answer(outer)) == (200, b"whole")
    assert worker.counters.requests.finished == 1
    worker.close()


def test_the_applications_attributes_are_there(short: Path) -> None:
    class Application:
        state = "of the application"

    probed = Probed(Application(), Worker(str(short / "p")))
    assert probed.state == "of the application"
    with pytest.raises(AttributeError):
        _ = probed.nothing


AUTO = textwrap.dedent("""
    async def app(scope, receive, send):
        pass

    def make():
        return app

    class holder:
        app = app
    """)


def auto(tmp_path: Path, name: str, source: str = AUTO) -> subprocess.CompletedProcess[str]:
    (tmp_path / "user_module.py").write_text(source)
    program = "import loadcell_probe.auto as a, user_module; print(a.app is user_module.app)"
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"LOADCELL_PROBE_APP": name, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["app", "make", "make()", "holder.app"])
def test_auto_gives_the_named_application(tmp_path: Path, name: str) -> None:
    assert auto(tmp_path, f"user_module:{name}").stdout == "True\n"


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("user_module:app", "import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("user_module:app", "raise ValueError('as written')", "ValueError: as written"),
        ("user_module:other", AUTO, 'ImportError: Attribute "other" not found in module "user_module".'),
        ("user_module", AUTO, "ImportError: LOADCELL_PROBE_APP must name the application as module:app, not 'user_module'."),
    ],
)
def test_auto_fails_as_the_application_does(tmp_path: Path, name: str, source: str, said: str) -> None:
    done = auto(tmp_path, name, source)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == said
