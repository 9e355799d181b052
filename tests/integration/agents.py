"""`loadcell agent` as a process, and what is needed to speak to one in the safe way."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.integration.loadcell_command import wait_until

TOKEN = "0123456789abcdef0123456789abcdef"
_PLACE = re.compile(r"listens +(https?)://(\S+),")


@dataclass
class RunningAgent:
    """An agent that listens."""

    process: subprocess.Popen[bytes]
    output: Path
    scheme: str = ""
    place: str = ""
    """Its host and port."""

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.place}"

    def end(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(20)


@contextmanager
def agent(folder: Path, *words: str, listen: str = "127.0.0.1:0", **environment: str) -> Iterator[RunningAgent]:
    """An agent, from the moment that it listens."""
    output = folder / "agent.err"
    command = [sys.executable, "-m", "loadcell", "agent", "--listen", listen, *words]
    with output.open("wb") as err:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **environment}, stdout=err, stderr=err)
    running = RunningAgent(process, output)
    try:
        wait_until(lambda: _PLACE.search(running.said) or process.poll() is not None, "the agent listens")
        found = _PLACE.search(running.said)
        assert found, running.said
        running.scheme, running.place = found.groups()
        yield running
    finally:
        running.kill()


@dataclass(frozen=True)
class Secrets:
    """Files for TLS and a token."""

    authority: Path
    certificate: Path
    token: Path

    @classmethod
    def made(cls, folder: Path, *names: str) -> Secrets:
        """Of an authority of its own, for hosts of these names."""
        authority = trustme.CA()
        found = cls(folder / "ca.pem", folder / "agent.pem", folder / "token")
        authority.cert_pem.write_to_path(found.authority)
        authority.issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(found.certificate)
        found.token.write_text(f"{TOKEN}\n")
        found.token.chmod(0o600)
        return found

    @property
    def for_agent(self) -> list[str]:
        return ["--tls-cert", str(self.certificate), "--token-file", str(self.token)]

    @property
    def for_run(self) -> list[str]:
        return ["--agent-ca", str(self.authority), "--agent-token-file", str(self.token)]
