"""Processes as they are read from outside: real servers, busy and blocked ones, ones that die."""

from __future__ import annotations

import os
import threading
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from loadcell.errors import MonitorError
from loadcell.monitors.cgroups import group_of
from loadcell.monitors.listening import find_listening
from loadcell.monitors.processes import Processes
from loadcell.monitors.reading import Reading
from tests.integration.loadcell_command import wait_until
from tests.integration.monitored import answered, free_port, opened, python, sights, uvicorn, value, values

pytest.importorskip("uvicorn")

BURNER = "print(flush=True)\nwhile True: pass"
SLEEPER = "import time\nprint(flush=True)\ntime.sleep(60)"


def workers_of(port: int, number: int) -> tuple[int, ...]:
    """The workers of a port once there are so many; else none."""
    found = find_listening(port)
    return found.workers if found is not None and len(found.workers) == number else ()


def at_rest(monitor: Processes) -> bool:
    """Whether all workers have done nothing but wait since the last look."""
    idle = values(look_after(monitor, 0.1), "loop_idle")
    return bool(idle) and min(idle.values()) == 100


def look_after(monitor: Processes, seconds: float) -> list[object]:
    """What a second look brings, some time after the first."""
    threading.Event().wait(seconds)
    return list(sights(monitor))


def test_the_workers_of_a_port_without_the_process_that_supervises_them(tmp_path: Path) -> None:
    with uvicorn(tmp_path, "--workers", "2") as (port, supervisor):
        url = f"http://127.0.0.1:{port}"
        both = wait_until(lambda: workers_of(port, 2), "both are there")
        with opened(Processes(port=port)) as monitor:
            wait_until(lambda: at_rest(monitor), "both have started")
            second = time.monotonic() + 100
            list(monitor.read(second))
            answer = answered(f"{url}/busy?0.3")
            assert answer is not None
            found = list(monitor.read(second + 1))
            later = list(monitor.read(second + 100))  # what is dear is read again by then
            busy = answer.decode()
            (other,) = {str(pid) for pid in both} - {busy}
            assert value(found, "workers") == 2
            assert str(supervisor) not in values(found, "worker_cpu")
            assert str(supervisor) in values(found, "helper_memory")
            cpu = values(found, "worker_cpu")
            assert cpu[busy] == pytest.approx(30, abs=10), "0.3 s in what passes for a second"
            assert cpu[other] < 10
            assert value(found, "loop_cpu", busy) == pytest.approx(cpu[busy], abs=5)
            assert value(found, "loop_idle", other) > value(found, "loop_idle", busy)
            assert value(found, "loop_running", busy) > value(found, "loop_idle", busy)
            for pid in (busy, other):
                assert 5 < value(later, "worker_unshared", pid) <= value(later, "worker_memory", pid) < 500
                assert 3 < value(found, "worker_fds", pid) < value(found, "worker_fds_limit", pid)
                assert value(found, "worker_threads", pid) >= 1
                assert {
                    "worker_disk_read",
                    "worker_disk_write",
                    "worker_faults",
                    "loop_switches",
                    "loop_wait",
                    "worker_wait",
                } <= {each.signal for each in found if isinstance(each, Reading) and each.of == pid}
            assert 1 <= value(found, "service_cores") <= (os.cpu_count() or 1)


def test_a_worker_that_dies_and_the_one_in_its_place_are_told(tmp_path: Path) -> None:
    with uvicorn(tmp_path, "--workers", "2") as (port, _):
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: workers_of(port, 2), "both are there")
        with opened(Processes(port=port)) as monitor:
            before = set(values(sights(monitor), "worker_memory"))
            gone: set[str] = set()
            started: set[str] = set()

            def replaced() -> bool:
                found = sights(monitor)
                gone.update(values(found, "worker_gone"))
                started.update(values(found, "worker_started"))
                return bool(gone and started and value(found, "workers") == 2)

            answered(f"{url}/die")
            wait_until(replaced, "a new worker is there")
            assert len(gone & before) == 1
            assert not started & before
            assert values(sights(monitor), "worker_started") == {}, "told once"


def test_a_blocking_call_in_the_event_loop_shows_as_a_sleep(tmp_path: Path) -> None:
    with uvicorn(tmp_path) as (port, pid), opened(Processes(port=port)) as monitor:
        answered(f"http://127.0.0.1:{port}/block?1")
        found = sights(monitor)
        assert value(found, "loop_in_sleep", pid) > 50
        assert value(found, "loop_cpu", pid) < 20


def test_a_process_that_was_named_and_what_comes_from_it() -> None:
    program = f"import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}])\n{BURNER}"
    with python(program) as process, opened(Processes(pid=process.pid)) as monitor:
        burnt = psutil.Process(process.pid).cpu_times().user
        began = time.monotonic()
        sights(monitor)
        found = look_after(monitor, 0.5)
        burnt, took = psutil.Process(process.pid).cpu_times().user - burnt, time.monotonic() - began
        assert set(values(found, "worker_cpu")) == {str(process.pid)}
        assert value(found, "worker_cpu", process.pid) / 100 * took == pytest.approx(burnt, abs=0.05)
        assert value(found, "loop_running", process.pid) > 90
        (child,) = values(found, "helper_memory")
        os.kill(int(child), 9)


def test_what_a_worker_forks_is_no_worker() -> None:
    program = """
import os, selectors, socket, time
listening = socket.create_server(("127.0.0.1", 0))
waiting = selectors.DefaultSelector()
waiting.register(listening, selectors.EVENT_READ)
if os.fork() == 0:
    time.sleep(60)
print(listening.getsockname()[1], flush=True)
waiting.select(60)
"""
    with python(program) as process:
        found = find_listening(None, within=process.pid)
        assert found is not None
        assert (found.main, found.workers, len(found.pids)) == (process.pid, (process.pid,), 2)
        for pid in found.pids:
            os.kill(pid, 9)


def test_the_end_of_the_service_is_a_reading_and_no_failure() -> None:
    with python(SLEEPER) as process, opened(Processes(pid=process.pid)) as monitor:
        process.kill()
        process.wait()
        found = sights(monitor)
        assert value(found, "workers") == 0
        assert values(found, "worker_gone") == {str(process.pid): 1}


def test_nobody_there_is_told_in_one_sentence() -> None:
    port = free_port()
    with closing(Processes(port=port)) as monitor, pytest.raises(MonitorError, match=f"^Nobody listens on port {port}\n"):
        monitor.open()
    with python("print()") as process:
        process.wait()
        with closing(Processes(pid=process.pid)) as monitor, pytest.raises(MonitorError, match="There is no process"):
            monitor.open()


@pytest.mark.skipif(not os.access("/sys/fs/cgroup/cpu", os.W_OK), reason="needs root and control groups of version 1")
def test_a_quota_that_holds_the_service_back() -> None:
    folder = Path(f"/sys/fs/cgroup/cpu/loadcell-test-{os.getpid()}")
    folder.mkdir()
    try:
        (folder / "cpu.cfs_quota_us").write_text("20000")
        with python(BURNER) as process:
            (folder / "cgroup.procs").write_text(str(process.pid))
            with opened(Processes(pid=process.pid)) as monitor:
                found = look_after(monitor, 0.5)
                group = group_of(process.pid).name
                assert value(found, "cpu_limit", group) == 0.2
                assert value(found, "service_cores") == 0.2
                assert value(found, "cpu_throttled", folder) > 50
                assert value(found, "cpu_throttled_time", folder) > 100
                assert value(found, "worker_cpu", process.pid) < 50
    finally:
        wait_until(lambda: not (folder / "cgroup.procs").read_text(), "the group is empty")
        folder.rmdir()
