"""What can happen to a cluster in the middle of a run, and what must have become of the run then.

Each case is a run against a service that writes down every request. What it did to the run is measured by that, by the run
file, and by the processes that are left.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from loadcell.store import RunReader
from loadcell.store.facts import StoredEvent
from tests.cluster.machines import Machine, Machines, machines
from tests.cluster.network import network
from tests.cluster.service import Seen, Service, service
from tests.integration.loadcell_command import Command, Result, RunningCommand, wait_until

USERS = 9
WAIT_S = 0.05
PACE = USERS / (WAIT_S + 0.002)
"""About how many requests/s all users make together."""
SCENARIO = f"""
import os
from locust import HttpUser, constant, events, task

@events.init.add_listener
def _(environment, **kw):
    role = type(environment.runner).__name__
    print("pid", os.getpid(), {{"MasterRunner": "lead"}}.get(role, "users"), flush=True)

class Visitor(HttpUser):
    wait_time = constant({WAIT_S})

    @task
    def look(self):
        self.client.get(f"/by/{{os.getpid()}}", name=f"by {{os.getpid()}}")
"""


@dataclass
class Trial:
    """A run that something happens to."""

    cluster: Machines
    service: Service
    command: Command
    running: RunningCommand
    struck_at: float = 0.0
    """When it happened, in s since the epoch."""
    notes: dict[str, float] = field(default_factory=dict)
    """What was measured."""
    problems: list[str] = field(default_factory=list)

    # What is done

    def strike(self, what: Callable[[], object]) -> None:
        """Let it happen, once the load is there and a few seconds are in the run file."""
        wait_until(lambda: len(self.service.seen("/by/")) > 3 * PACE, "the load is there")
        self.struck_at = time.time()
        what()

    def carriers(self) -> list[int]:
        """The processes that carry users."""
        return sorted(int(line.split()[1]) for line in self.running.out.splitlines() if line.endswith(" users"))

    def carriers_of(self, worker: Machine) -> list[int]:
        """Those that a worker has started."""
        return [child.pid for child in psutil.Process(worker.pid).children() if child.pid in self.carriers()]

    def goes_on(self, seconds: float) -> None:
        """Let the run go on for so long."""
        until = time.time() + seconds
        wait_until(lambda: time.time() >= until, "time passes")

    def end(self) -> Result:
        """Ctrl-C, and what is left then."""
        self.running.interrupt()
        return self.running.wait()

    # What must hold

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.problems.append(what)

    def lost(self, result: Result) -> StoredEvent | None:
        """The one machine that was told to be lost, and that it was told in time."""
        events = result.events("node_lost")
        self.expect(len(events) == 1, f"{len(events)} machines were told to be lost")
        if not events:
            return None
        told_at = started(result) + events[0].at_s
        self.notes["moved_s"] = told_at - self.struck_at
        self.expect(self.notes["moved_s"] <= 3.0, f"its users were moved after {self.notes['moved_s']:.2f} s")
        return events[0]

    def stopped_before_others_began(self, pids: list[int], result: Result) -> None:
        """No request of the lost machine's users came after they had been given to others."""
        given_at = started(result) + result.events("node_lost")[0].at_s
        for pid in pids:
            last = self.service.seen(f"/by/{pid}")[-1].at
            self.notes["alone_s"] = max(self.notes.get("alone_s", 0.0), last - self.struck_at)
            self.expect(last < given_at, f"generator {pid} still sent {last - given_at:.2f} s after its users were moved")

    def conserved(self, result: Result, but: list[int] = []) -> None:  # noqa: B006 - never changed
        """What the run counted is what the service saw, but of these generators."""
        counted, seen = result.counts(), Counter(one.path for one in self.service.seen("/by/"))
        for pid in self.carriers():
            requests, failures, interrupted = counted.get(f"by {pid}", (0, 0, 0))
            there = seen[f"/by/{pid}"]
            self.expect(failures == 0, f"{failures} requests of generator {pid} failed")
            if pid not in but:
                self.expect(
                    requests <= there <= requests + interrupted,
                    f"generator {pid}: {requests} requests and {interrupted} interrupted, the service saw {there}",
                )

    def missing(self, pids: list[int], result: Result, most_s: float) -> None:
        """Of the lost generators no more than the last `most_s` seconds are missing."""
        counted = result.counts()
        for pid in pids:
            seen = self.service.seen(f"/by/{pid}")
            counts = counted.get(f"by {pid}", (0, 0, 0))[0]
            self.expect(counts <= len(seen), f"more of generator {pid} was counted than there was")
            missing = _span(seen[counts:])
            self.notes["missing_s"] = max(self.notes.get("missing_s", 0.0), missing)
            self.expect(missing <= most_s, f"the last {missing:.2f} s of generator {pid} are missing")

    def full_again(self, result: Result) -> None:
        """All users are there in the end, none twice."""
        users = [by_class.get("Visitor", 0) for by_class in result.users_by_class()]
        self.expect(max(users) == USERS, f"at a time there were {max(users)} users")
        # The users stop within one of the last seconds.
        self.expect(USERS in users[-3:], f"in the end there were {users[-3:]} users")
        last = self.service.seen("/by/")[-1].at
        rate = len([one for one in self.service.seen("/by/") if last - 3 < one.at <= last - 1]) / 2
        self.expect(0.8 * PACE < rate < 1.1 * PACE, f"in the end there were {rate:.0f} requests/s, not {PACE:.0f}")

    def bears_the_loss_of(self, pids: list[int]) -> Result:
        """End the run, and see that it bore the loss of the machine with these generators."""
        result = self.end()
        self.expect(result.code == 0, f"exit code {result.code}: {result.err[-300:]}")
        if self.lost(result):
            self.stopped_before_others_began(pids, result)
        self.missing(pids, result, 1.1)
        self.conserved(result, but=pids)
        self.full_again(result)
        self.nothing_left()
        return result

    def nothing_left(self, within_s: float = 10.0) -> None:
        """No process of the run outlives its end for long."""
        begun = time.time()
        pids = self.carriers()
        wait_until(lambda: not any(_is_alive(pid) for pid in pids), "no generator is left", within_s + 5)
        self.notes["outlived_s"] = time.time() - begun
        self.expect(self.notes["outlived_s"] <= within_s, f"a generator was there for {self.notes['outlived_s']:.1f} s more")


def started(result: Result) -> float:
    """Second 0 of the run, in s since the epoch, as its file has it."""
    with result.reader() as reader:
        return reader.facts.started


def _span(seen: list[Seen]) -> float:
    return seen[-1].at - seen[0].at if seen else 0.0


def _listens_on(process: psutil.Process, port: int) -> bool:
    return any(
        connection.status == psutil.CONN_LISTEN and connection.laddr.port == port for connection in process.net_connections()
    )


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def trial(folder: Path, workers: int = 3, *words: str) -> Iterator[Trial]:
    """A run on so many workers, under way."""
    folder.mkdir(parents=True, exist_ok=True)
    with service(folder) as served, machines(folder / "cluster", workers) as cluster:
        command = Command(folder, served.url)
        try:
            load = ("-u", str(USERS), "-r", "100", "--cluster", cluster.address)
            yield Trial(cluster, served, command, command.start(SCENARIO, *load, *words))
        finally:
            command.close()


# The cases


def worker_killed(folder: Path) -> Trial:
    """A worker is killed with SIGKILL: the others carry its users."""
    with trial(folder) as run:
        wait_until(lambda: len(run.carriers()) == 3, "all are there")
        victim = run.cluster.workers[1]
        pids = run.carriers_of(victim)
        run.strike(victim.kill)
        run.goes_on(7)
        run.bears_the_loss_of(pids)
        return run


def worker_stands_still(folder: Path) -> Trial:
    """A worker's process stands still, as on a machine that is cut off, and comes back: its users are not there twice, and
    what it had measured is not lost."""
    with trial(folder) as run:
        wait_until(lambda: len(run.carriers()) == 3, "all are there")
        victim = run.cluster.workers[1]
        pids = run.carriers_of(victim)
        run.strike(victim.stand_still)
        run.goes_on(6)
        victim.go_on()
        wait_until(lambda: "answers again" in run.running.err, "it is told to be back")
        run.goes_on(3)
        result = run.bears_the_loss_of(pids)
        run.expect(len(result.events("node_back")) == 1, "it was not told to be back")
        return run


def scheduler_killed(folder: Path) -> Trial:
    """The scheduler goes away: the run ends with what was reported, and exit code 4."""
    with trial(folder) as run:
        wait_until(lambda: len(run.carriers()) == 3, "all are there")
        run.strike(run.cluster.scheduler.kill)
        result = run.running.wait()
        run.notes["ended_s"] = time.time() - run.struck_at
        run.expect(result.code == 4, f"exit code {result.code}: {result.err[-300:]}")
        run.expect(len(result.events("cluster_lost")) == 1, "the loss was not told")
        run.missing(run.carriers(), result, 3.2)
        run.nothing_left()
        return run


def worker_joins(folder: Path) -> Trial:
    """A worker joins late and stands by; when the only other one is killed, it carries the users."""
    with trial(folder, 1) as run:
        wait_until(lambda: len(run.carriers()) == 1, "all are there")
        (first,) = run.carriers()
        wait_until(lambda: len(run.service.seen("/by/")) > 2 * PACE, "the load is there")
        run.cluster.add()
        wait_until(lambda: _has_event(run, "node_joined"), "it is told to have joined")
        run.strike(run.cluster.workers[0].kill)
        wait_until(lambda: len(run.carriers()) == 2, "another carries the users")
        run.goes_on(5)
        run.bears_the_loss_of([first])
        return run


def worker_started_anew(folder: Path) -> Trial:
    """A worker is killed, and its nanny starts it anew at the same address: what was there is lost, and it stands by."""
    with trial(folder, 2) as run:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        run.command.close()
        (nanny,) = run.cluster.add(options=("--nanny", "--worker-port", str(port)))
        run.running = run.command.start(SCENARIO, "-u", str(USERS), "-r", "100", "--cluster", run.cluster.address)
        wait_until(lambda: len(run.carriers()) == 3, "all are there")
        (worker,) = (child for child in psutil.Process(nanny.pid).children(recursive=True) if _listens_on(child, port))
        pids = [child.pid for child in worker.children() if child.pid in run.carriers()]
        run.strike(worker.kill)
        wait_until(lambda: _has_event(run, "node_joined"), "it has joined anew")
        run.goes_on(5)
        run.bears_the_loss_of(pids)
        return run


def controller_killed(folder: Path) -> Trial:
    """The controller is killed with SIGKILL: no generator outlives it for long."""
    with trial(folder) as run:
        wait_until(lambda: len(run.carriers()) == 3, "all are there")
        pids = run.carriers()
        run.strike(lambda: os.kill(run.running.process.pid, signal.SIGKILL))
        run.nothing_left()
        for pid in pids:
            last = run.service.seen(f"/by/{pid}")[-1].at - run.struck_at
            run.notes["alone_s"] = max(run.notes.get("alone_s", 0.0), last)
        run.expect(run.notes["outlived_s"] <= 3.0, f"a generator was there for {run.notes['outlived_s']:.1f} s more")
        run.expect(run.notes["alone_s"] <= 2.0, f"load went on for {run.notes['alone_s']:.1f} s")
        return run


def loss_ends_the_run(folder: Path) -> Trial:
    """With --on-node-loss stop, a worker that is killed ends the run, with exit code 4 and its figures."""
    with trial(folder, 3, "--on-node-loss", "stop") as run:
        wait_until(lambda: len(run.carriers()) == 3, "all are there")
        pids = run.carriers_of(run.cluster.workers[0])
        run.strike(run.cluster.workers[0].kill)
        result = run.running.wait()
        run.expect(result.code == 4, f"exit code {result.code}: {result.err[-300:]}")
        run.lost(result)
        run.missing(pids, result, 1.1)
        run.conserved(result, but=pids)
        run.nothing_left()
        return run


def machine_cut_off(folder: Path) -> Trial:
    """A machine with an address of its own is cut off from the network, and comes back: as `worker_stands_still`."""
    folder.mkdir(parents=True, exist_ok=True)
    with network(["home", "one", "two", "three"]) as net, service(folder, net.address("home"), net.within("home")) as served:
        cluster = Machines(folder, net.address("home"), within=net.within("home"))
        command = Command(folder, served.url, net.within("home"))
        try:
            for name in ("one", "two", "three"):
                cluster.add(1, net.address(name), net.within(name))
            load = ("-u", str(USERS), "-r", "100", "--cluster", cluster.address)
            run = Trial(cluster, served, command, command.start(SCENARIO, *load))
            wait_until(lambda: len(run.carriers()) == 3, f"all are there: {run.running.err}")
            pids = run.carriers_of(cluster.workers[1])
            run.strike(lambda: net.cut("two"))
            run.goes_on(6)
            net.mend("two")
            wait_until(lambda: "answers again" in run.running.err, "it is back")
            run.goes_on(3)
            result = run.bears_the_loss_of(pids)
            run.expect("without TLS" in result.err, "nobody said that the cluster is open to others")
            return run
        finally:
            command.close()
            cluster.close()


CASES: dict[str, Callable[[Path], Trial]] = {
    case.__name__: case
    for case in (
        worker_killed,
        worker_stands_still,
        scheduler_killed,
        worker_joins,
        worker_started_anew,
        controller_killed,
        loss_ends_the_run,
        machine_cut_off,
    )
}
"""By name."""
NEED_NETWORK = {"machine_cut_off"}
"""Those that need namespaces, which only root may create."""


def _has_event(run: Trial, kind: str) -> bool:
    for path in (run.command.folder / ".loadcell/runs").glob("*.loadcell"):
        with RunReader.open(path) as reader:
            if any(event.kind == kind for event in reader.events()):
                return True
    return False
