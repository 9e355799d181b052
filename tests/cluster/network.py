"""Machines with addresses of their own, as network namespaces on one switch, and cables that can be pulled. Needs root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_NET = "10.87.{}.{}"


def why_no_network() -> str:
    """Why there can be none here; empty if there can."""
    if shutil.which("ip") is None:
        return "no network namespaces: there is no ip command"
    if os.geteuid() != 0:
        return "no network namespaces: only root may create them"
    done = subprocess.run(["ip", "netns", "add", f"try{os.getpid()}"], capture_output=True, text=True, check=False)
    subprocess.run(["ip", "netns", "del", f"try{os.getpid()}"], capture_output=True, check=False)
    return "" if done.returncode == 0 else f"no network namespaces: {done.stderr.strip()}"


class Network:
    """Namespaces by name; a switch, in a namespace too, joins them, and nothing else."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._prefix = f"lc{os.getpid()}"
        self._third = os.getpid() % 250
        _ip("netns", "add", self._space("switch"))
        _ip("-n", self._space("switch"), "link", "add", "bridge", "type", "bridge")
        _ip("-n", self._space("switch"), "link", "set", "bridge", "up")
        for name in names:
            self._plug_in(name)

    def address(self, name: str) -> str:
        """The machine's address."""
        return _NET.format(self._third, self._names.index(name) + 1)

    def within(self, name: str) -> tuple[str, ...]:
        """The command to put another behind that is to run on the machine."""
        return ("ip", "netns", "exec", self._space(name))

    def cut(self, name: str) -> None:
        """Pull the machine's cable."""
        _ip("-n", self._space("switch"), "link", "set", f"to-{name}", "down")

    def mend(self, name: str) -> None:
        """Put the machine's cable back."""
        _ip("-n", self._space("switch"), "link", "set", f"to-{name}", "up")

    def close(self) -> None:
        """Take all of it away."""
        for name in ("switch", *self._names):
            subprocess.run(["ip", "netns", "del", self._space(name)], capture_output=True, check=False)

    def _space(self, name: str) -> str:
        return f"{self._prefix}-{name}"

    def _plug_in(self, name: str) -> None:
        space, switch = self._space(name), self._space("switch")
        _ip("netns", "add", space)
        _ip("-n", space, "link", "add", "eth0", "type", "veth", "peer", "name", f"to-{name}", "netns", switch)
        _ip("-n", switch, "link", "set", f"to-{name}", "master", "bridge", "up")
        _ip("-n", space, "addr", "add", f"{self.address(name)}/24", "dev", "eth0")
        _ip("-n", space, "link", "set", "eth0", "up")
        _ip("-n", space, "link", "set", "lo", "up")


@contextmanager
def network(names: Sequence[str]) -> Iterator[Network]:
    """A network of these machines, while it is wanted."""
    net = Network(names)
    try:
        yield net
    finally:
        net.close()


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")
