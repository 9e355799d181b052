"""Nodes on the workers of a Dask cluster: one `Station` each, an actor. The only module that knows Dask.

Dask has the machines, their addresses and TLS; it carries calls to stations, and is in the path of no request.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import ipaddress
import logging
import platform
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from distributed import Client, LocalCluster
from loadcell.clock import Clock
from loadcell.errors import UsageError
from loadcell.nodes import mail, parcel
from loadcell.nodes.fleet import Fleet
from loadcell.nodes.node import Node
from loadcell.nodes.pool import Machine, OnOutput, Tell
from loadcell.nodes.spread import SpreadPool
from loadcell.nodes.station import Station
from loadcell.nodes.survey import COMPARED, named_apart, problems, survey, version_problems

CONNECT_S = 10.0
WORKERS_S = 60.0
"""How long workers are waited for that are wanted and not there yet."""
STARTING_S = 5.0
"""How long somebody is waited for to listen at the scheduler's address."""
SURVEY_S = 20.0
"""How long workers may take to say what they have."""
STATION_S = 20.0
_LOOK_S = 0.2
_LOGGERS = [f"distributed.{part}" for part in ("client", "comm", "core", "nanny", "scheduler", "utils", "worker")]


class DaskCluster:
    """A Dask cluster as it was found, for one run or several after one another."""

    def __init__(
        self, client: Client, name: str, processes: Callable[[int], int], wanted: int | None, words: Sequence[str]
    ) -> None:
        """`look` must follow, before each run."""
        self._client = client
        self._name = name
        self._processes = processes
        self._wanted = wanted
        self._words = tuple(words)
        self._packages: list[str] = []
        self._charge = b""
        self._starts: set[tuple[str, str]] = set()
        self._nodes: list[_Node] = []

    def look(self, sent: parcel.Parcel) -> None:
        """See which machines are there, and whether they are fit for what is sent. UsageError if one can't take part."""
        addresses = _waited_for(self._client, self._name, self._wanted)
        found, wrong = _surveyed(self._client, addresses, sent.packages)
        if wrong:
            raise UsageError("The cluster can't run this:\n" + "\n".join(f"  {one}" for one in wrong))
        everyone = self._client.scheduler_info(n_workers=-1)["workers"]
        self._starts = {_start_of(address, everyone[address]) for address in found if address in everyone}
        self._nodes = _nodes(found, self._processes)
        self._packages = sent.packages
        self._charge = mail.encoded(mail.Charge(parcel.encoded(sent), self._words))

    @property
    def machines(self) -> Sequence[Machine]:
        """Those that were there when the cluster was looked at."""
        return [node.machine for node in self._nodes]

    @property
    def is_local(self) -> bool:
        """Whether all of it is on this machine's loopback."""
        return all(map(_is_loopback, self._ways))

    @property
    def is_secret(self) -> bool:
        """Whether all of it is spoken to over TLS."""
        return all(address.startswith("tls://") for address in self._ways)

    @property
    def _ways(self) -> list[str]:
        """The addresses of the workers and of the scheduler."""
        scheduler: Any = self._client.scheduler
        return [str(scheduler.address), *(node.address for node in self._nodes)]

    def pool(self, tell: Tell, *, on_output: OnOutput, clock: Clock) -> SpreadPool:
        """The processes of one run."""
        client = self._client
        roll = _Roll(client, set(self._starts), self._packages, self._processes)
        nodes, charge = self._nodes, self._charge

        def make_fleet(tell: Tell, on_output: OnOutput) -> Fleet:
            contacts = [_Contact(client, node) for node in nodes]
            return Fleet(
                contacts,
                charge,
                tell,
                on_output=on_output,
                clock=clock,
                roll=roll,
                cluster=f"the scheduler {self._name}",
            )

        def make_lead(tell: Tell) -> Node:
            return Node(tell, on_output=on_output, clock=clock)

        loop: Any = client.loop
        return SpreadPool(make_lead, make_fleet, loop.asyncio_loop, tell, on_output)


class _Roll:
    """Which workers the scheduler knows, and which of them were not known before."""

    def __init__(
        self,
        client: Client,
        known: set[tuple[str, str]],
        packages: Sequence[str],
        processes: Callable[[int], int],
    ) -> None:
        self._client = client
        self._known = known
        self._packages = packages
        self._processes = processes

    async def newcomers(self) -> list[str]:
        scheduler: Any = self._client.scheduler
        starts = {_start_of(address, worker) for address, worker in (await scheduler.identity())["workers"].items()}
        fresh = starts - self._known
        self._known |= fresh
        return sorted(address for address, _ in fresh)

    async def meet(self, address: str) -> _Contact:
        found, wrong = await _looked_at(self._client, address, self._packages)
        if wrong:
            raise RuntimeError(" ".join(wrong))
        (node,) = _nodes({address: found}, self._processes, later=True)
        return _Contact(self._client, node)


class _Node:
    """A worker, and the machine it is on."""

    def __init__(self, address: str, machine: Machine) -> None:
        self.address = address
        self.machine = machine


class _Contact:
    """A way to the station on one worker, which is put there when it is first spoken to. Used on the client's loop only."""

    def __init__(self, client: Client, node: _Node) -> None:
        self._client = client
        self._node = node
        self._future: Any = None
        self._actor: Any = None

    @property
    def machine(self) -> Machine:
        return self._node.machine

    async def now(self) -> float:
        return float(await (await self._station()).now())

    async def open(self, opening: str, charge: bytes) -> None:
        await (await self._station()).open(opening, charge)

    async def order(self, opening: str, number: int, body: bytes, heard_at: float) -> None:
        await self._actor.order(opening, number, body, heard_at)

    async def park(self, opening: str) -> None:
        await self._actor.park(opening)

    async def hear(self, opening: str, after: int, heard_at: float) -> bytes:
        return bytes(await self._actor.hear(opening, after, heard_at))

    async def close(self) -> str:
        try:
            return "" if self._actor is None else str(await self._actor.close())
        finally:
            self._actor = None
            if self._future is not None:
                self._future.release()

    async def _station(self) -> Any:
        if self._actor is None:
            self._actor = await asyncio.to_thread(self._put_station)
        return self._actor

    def _put_station(self) -> Any:
        self._future = self._client.submit(
            Station, actor=True, workers=[self._node.address], key=f"loadcell-station-{uuid.uuid4().hex}", pure=False
        )
        try:
            return self._future.result(timeout=STATION_S)
        except TimeoutError:
            busy = f"its worker took nothing on within {STATION_S:g} s: is it busy with something else?"
            raise RuntimeError(busy) from None


@contextmanager
def connected(
    where: str, processes: Callable[[int], int], words: Sequence[str], nodes: int | None = None
) -> Iterator[DaskCluster]:
    """The cluster at an address, or a new one on this machine ("local:3"), as long as it is wanted. UsageError if it can't.

    `processes` says how many generators a machine of so many cores is to run; `words` is the command line that the scenario
    sees; `nodes` how many workers are waited for, and used.
    """
    # What is lost is told in words of ours.
    for name in ("distributed", *_LOGGERS):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    kind, _, number = where.partition(":")
    if kind == "local":
        with _started(int(number)) as local, _client(local) as client:
            yield DaskCluster(client, where, processes, int(number), words)
        return
    try:
        if urlsplit(where).scheme in ("tcp", "tls"):
            _knock(urlsplit(where).hostname, urlsplit(where).port)
        client = _client(where, timeout=CONNECT_S)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise UsageError(
            f"No Dask scheduler can be reached at {where}: {_first_line(error)}",
            "Start one with 'dask scheduler', and on each machine 'dask worker ADDRESS'; see docs/distributed.md.",
        ) from error
    with client:
        yield DaskCluster(client, where, processes, nodes, words)


def _knock(host: str | None, port: int | None) -> None:
    """OSError if nobody listens there, not even in a moment: a scheduler may just be starting.

    Dask itself would try for longer than a person waits who has mistyped an address.
    """
    deadline = time.monotonic() + STARTING_S
    while True:
        try:
            socket.create_connection((host, port), CONNECT_S).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_LOOK_S)


def _client(*where: Any, **how: Any) -> Client:
    connect: Callable[..., Client] = Client  # Dask has no types for it.
    return connect(*where, **how)


@contextmanager
def _started(workers: int) -> Iterator[LocalCluster]:
    # Ctrl-C is for the run, which then ends in good order; it goes to every process of the terminal that does not refuse it.
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main else None
    try:
        start: Callable[..., LocalCluster] = LocalCluster  # Dask has no types for it.
        cluster = start(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit=0,
            silence_logs=logging.CRITICAL + 1,
        )
    finally:
        if in_main:
            signal.signal(signal.SIGINT, before)
    with cluster:
        yield cluster


def _waited_for(client: Client, where: str, wanted: int | None) -> list[str]:
    """The addresses of the workers; of as many as are wanted, once they are there."""
    deadline = time.monotonic() + WORKERS_S
    while True:
        addresses = sorted(client.scheduler_info(n_workers=-1)["workers"])
        if len(addresses) >= (wanted or 1) or (not wanted and not addresses):
            break
        if time.monotonic() >= deadline:
            raise UsageError(
                f"{where} has {len(addresses)} of {wanted} workers after {WORKERS_S:g} s.",
                "Start the others, or ask for fewer with --nodes.",
            )
        time.sleep(_LOOK_S)
    if not addresses:
        raise UsageError(f"{where} has no workers.", f"Start one on each machine: dask worker {where}")
    return addresses[:wanted]


def _surveyed(
    client: Client, addresses: Sequence[str], packages: Sequence[str]
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """What each worker has that can take part, by address; and what is wrong with the others, in sentences."""

    async def all_of_them() -> list[tuple[dict[str, Any], list[str]]]:
        # All at once, and each on its own: one that does not answer is told by its name, and holds nobody up.
        return await asyncio.gather(*(_looked_at(client, address, packages) for address in addresses))

    dask: Any = client
    answers = dict(zip(addresses, dask.sync(all_of_them), strict=True))
    fit = {address: found for address, (found, lacks) in answers.items() if not lacks}
    return fit, [sentence for _, lacks in answers.values() for sentence in lacks]


async def _looked_at(client: Client, address: str, packages: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """What a worker has, and what is wrong with it, in sentences. On the client's loop."""
    dask: Any = client

    async def ask(function: Callable[..., Any], *given: Any) -> Any:
        return (await dask.run(function, *given, workers=[address]))[address]

    try:
        async with asyncio.timeout(SURVEY_S):
            # First with nothing but the standard library: what is ours may not be there.
            versions: dict[str, str] = {}
            for name in COMPARED:
                with suppress(importlib.metadata.PackageNotFoundError):
                    versions[name] = await ask(importlib.metadata.version, name)
            if wrong := version_problems(address, await ask(platform.python_version), versions):
                return {}, wrong
            found = await ask(survey, list(packages))
            return found, problems(address, found)
    except TimeoutError:
        return {}, [f"{address} did not answer within {SURVEY_S:g} s: is it still there?"]
    except Exception as error:
        return {}, [f"{address} can't be looked at: {_first_line(error)}"]


def _nodes(found: Mapping[str, Mapping[str, Any]], processes: Callable[[int], int], *, later: bool = False) -> list[_Node]:
    names = named_apart(_called(address, one, later) for address, one in found.items())
    return [
        _Node(
            address,
            Machine(
                name=name,
                address=address,
                processes=processes(one["cores"]),
                descriptors=one["descriptors"],
                facts={"address": address, **one["facts"]},
            ),
        )
        for name, (address, one) in zip(names, found.items(), strict=True)
    ]


def _start_of(address: str, worker: Mapping[str, Any]) -> tuple[str, str]:
    """What tells a worker from one that was started anew at its address: its folder, which is another one each time."""
    return address, str(worker["local_directory"])


def _called(address: str, found: Mapping[str, Any], later: bool) -> str:
    # One that joins later can't be numbered with the others.
    return f"{found['host']} ({urlsplit(address).netloc})" if later else str(found["host"])


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(urlsplit(address).hostname or "").is_loopback
    except ValueError:
        return address.startswith("inproc://")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
