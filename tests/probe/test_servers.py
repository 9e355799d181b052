"""The probe under each server: every worker is found, counts its own requests, and is replaced when it dies."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import httpx
import pytest

from loadcell.monitors.probe_count import CountFile

from .servers import ServiceUnderProbe, free_port, read, server, uvicorn, wait_for

SERVICE = "tests.probe.plain:app"
REQUESTS = 20


def served(service: ServiceUnderProbe) -> int:
    return sum(document["requests"]["finished"] for document in service.documents().values())


def assert_all_requests_are_counted(service: ServiceUnderProbe) -> None:
    before = served(service)
    service.get("/", times=REQUESTS)
    wait_for(lambda: served(service) == before + REQUESTS)
    for pid, document in service.documents().items():
        assert document["pid"] == pid
        assert document["unseen"] == []


def answers(service: ServiceUnderProbe, content: bytes) -> bool:
    try:
        return service.get("/")[0].content == content
    except httpx.TransportError:
        return False


def test_uvicorn_with_workers_of_which_one_is_killed(short: Path) -> None:
    with uvicorn(SERVICE, short / "p", {}, "--workers", "2") as service:
        wait_for(lambda: len(service.documents()) == 2)
        assert_all_requests_are_counted(service)
        first, second = sorted(service.documents())
        finished = service.documents()[first]["requests"]["finished"]
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: len(service.documents()) == 2)
        assert first not in service.documents()
        assert second in service.documents()
        with pytest.raises(ConnectionRefusedError):
            read(service.directory / f"{first}.sock")
        left = CountFile(service.directory / f"{first}.count")
        assert left.finished() == finished
        left.close()


@pytest.mark.parametrize("preload", [True, False])
def test_gunicorn(short: Path, preload: bool) -> None:
    port = free_port()
    options = ["gunicorn", SERVICE, "-k", "uvicorn_worker.UvicornWorker", "-w", "2", "-b", f"127.0.0.1:{port}"]
    with server([*options, *(["--preload"] if preload else [])], short / "p", {}, port) as service:
        wait_for(lambda: len(service.documents()) == 2)
        assert_all_requests_are_counted(service)
        assert service.process.pid not in service.documents()


def test_hypercorn(short: Path) -> None:
    port = free_port()
    with server(["hypercorn", SERVICE, "-b", f"127.0.0.1:{port}"], short / "p", {}, port) as service:
        assert_all_requests_are_counted(service)


def test_granian(short: Path) -> None:
    port = free_port()
    options = ["granian", "--interface", "asgi", "--port", str(port), SERVICE]
    with server(options, short / "p", {}, port) as service:
        wait_for(service.documents)
        assert_all_requests_are_counted(service)


def test_uvicorn_reloading(short: Path) -> None:
    (short / "reloaded.py").write_text(
        textwrap.dedent("""
            import loadcell_probe

            async def app(scope, receive, send):
                if scope["type"] == "http":
                    await send({"type": "http.response.start", "status": 200, "headers": []})
                    await send({"type": "http.response.body", "body": b"1"})

            app = loadcell_probe.install(app)
            """)
    )
    # It looks at the files so often that it has seen them as they are before the service has begun to answer.
    often = ("--reload", "--reload-delay", "0.05")
    with uvicorn("reloaded:app", short / "p", {}, *often, "--lifespan", "off", cwd=short) as service:
        (first,) = wait_for(service.documents)
        (short / "reloaded.py").write_text((short / "reloaded.py").read_text().replace('b"1"', 'b"22"'))
        wait_for(lambda: answers(service, b"22"))
        (second,) = wait_for(service.documents)
        assert first != second


def test_another_interpreter_reaches_it_by_its_path_alone(short: Path) -> None:
    # -I: no PYTHONPATH, no site-packages of the user; -S: not even the installed ones.
    source = Path(__file__).parents[2] / "src"
    program = textwrap.dedent(f"""
        import asyncio, os, sys
        before = set(sys.modules)
        sys.path.insert(0, {str(source)!r})
        os.environ["LOADCELL_PROBE_DIR"] = {str(short / "p")!r}
        import loadcell_probe

        async def app(scope, receive, send):
            await send({{"type": "http.response.start", "status": 204, "headers": []}})
            await send({{"type": "http.response.body"}})

        async def send(message):
            pass

        app = loadcell_probe.install(app)
        asyncio.run(app({{"type": "http", "headers": []}}, None, send))
        strangers = {{name.partition(".")[0] for name in set(sys.modules) - before}} - set(sys.stdlib_module_names)
        made = sorted(os.listdir(os.environ["LOADCELL_PROBE_DIR"]))
        print(strangers, made == [f"{{os.getpid()}}.count", f"{{os.getpid()}}.sock"])
        """)

    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "{'loadcell_probe'} True"
    assert not list((short / "p").iterdir())  # it takes both away


def test_a_process_that_forks_after_it_began(short: Path) -> None:
    program = textwrap.dedent("""
        import asyncio, os, sys
        from tests.probe.plain import app
        from tests.probe.servers import read
        from pathlib import Path

        async def send(message):
            pass

        def served():
            asyncio.run(app({"type": "http", "headers": []}, None, send))
            document = read(Path(os.environ["LOADCELL_PROBE_DIR"]) / f"{os.getpid()}.sock")
            return document["pid"] == os.getpid(), document["requests"]["finished"], document["unseen"]

        print(served(), flush=True)
        child = os.fork()
        if child == 0:
            print(served(), flush=True)
            sys.exit()
        os.waitpid(child, 0)
        print(served(), flush=True)
        """)
    environment = os.environ | {"LOADCELL_PROBE_DIR": str(short / "p")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == ["(True, 1, [])", "(True, 1, [])", "(True, 2, [])"]
    assert not list((short / "p").iterdir())
