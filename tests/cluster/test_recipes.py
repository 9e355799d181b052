"""The recipes of docs/distributed.md, as they are written there."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tests.cluster.service import ROOT, Service
from tests.integration.loadcell_command import wait_until

DOCS = ROOT / "docs"
SCENARIO = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.1)

    @task
    def look(self):
        self.client.get("/look")
"""


def commands(section: str) -> list[str]:
    """The commands of a section, but what installs."""
    text = (DOCS / "distributed.md").read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    found = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    return [line for line in found if not line.startswith("pip install")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def carried_out(lines: list[str], folder: Path, served: Service, path: str) -> str:
    """Carry the commands out as a shell does; returns the output of all of them."""
    script = "\n".join(lines).replace("8786", str(free_port())).replace("HERE=10.0.0.1", "HERE=127.0.0.1")
    script = re.sub(r"http://(10\.0\.0\.9|127\.0\.0\.1):8000", served.url, script)
    (folder / "locustfile.py").write_text(SCENARIO)
    # From a file: a command line with all of it in it would be found by `pkill -f`.
    (folder / "recipe").write_text(script)
    with (folder / "out").open("w+") as out:
        shell = subprocess.Popen(
            ["bash", "-e", "recipe"],
            cwd=folder,
            env={**os.environ, "PATH": path, "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            code = shell.wait(90)
        finally:
            # What was put into the background goes with its terminal.
            os.killpg(shell.pid, signal.SIGKILL)
        said = (folder / "out").read_text()
    assert code == 0, said
    return said


def path_with(*folders: Path) -> str:
    return ":".join([*map(str, folders), str(Path(sys.executable).parent), os.environ["PATH"]])


def assert_two_nodes_carried_it(folder: Path, served: Service, said: str) -> None:
    assert "cluster: 2 machines with 2 generators" in said
    assert len(served.seen("/look")) > 500
    (run,) = (folder / ".loadcell/runs").glob("*.loadcell")
    shown = subprocess.run(
        [sys.executable, "-m", "loadcell", "show", str(run), "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    document = json.loads(shown.stdout)
    assert document["run"]["nodes"] == 2
    assert document["total"]["failures"] == 0


def test_two_shells_on_one_machine(tmp_path: Path, served: Service) -> None:
    lines = commands("Two shells on one machine")
    assert len(lines) == 3
    said = carried_out(lines, tmp_path, served, path_with())
    assert_two_nodes_carried_it(tmp_path, served, said)


@contextmanager
def ssh_machines(folder: Path, *names: str) -> Iterator[Path]:
    """A real sshd on this machine that answers to these names; the folder of an `ssh` that knows them."""
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    ssh, keygen = shutil.which("ssh"), shutil.which("ssh-keygen")
    if sshd is None or ssh is None or keygen is None:
        pytest.skip("no SSH: openssh-server is not installed")
    for name in ("host", "user"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    port = free_port()
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\nStrictModes no\n"
        f"PidFile {folder}/sshd.pid\nUsePAM no\nSetEnv PATH={path_with()} PYTHONPATH={ROOT}:{ROOT / 'src'}\n"
    )
    (folder / "ssh_config").write_text(
        f"Host {' '.join(names)}\n  HostName 127.0.0.1\n  Port {port}\n  IdentityFile {folder}/user\n"
        f"  UserKnownHostsFile {folder}/known\n  StrictHostKeyChecking no\n  LogLevel ERROR\n"
    )
    (folder / "bin").mkdir()
    wrapper = folder / "bin" / "ssh"
    wrapper.write_text(f'#!/bin/sh\nexec {ssh} -F {folder}/ssh_config "$@"\n')
    wrapper.chmod(0o755)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with (folder / "sshd.log").open("w") as log:
        server = subprocess.Popen([sshd, "-D", "-e", "-f", str(folder / "sshd_config")], stdout=log, stderr=log)
        try:
            wait_until(lambda: "listening" in (folder / "sshd.log").read_text() or server.poll() is not None, "sshd", 10)
            if server.poll() is not None:
                pytest.skip(f"no SSH: {(folder / 'sshd.log').read_text().strip()}")
            yield folder / "bin"
        finally:
            server.kill()
            server.wait()


@pytest.mark.verify
def test_machines_with_ssh(tmp_path: Path, served: Service) -> None:
    lines = commands("Machines with SSH")
    assert len(lines) == 5
    # Both names are this machine, whose other workers are to stay, and where the second finds nothing left to end.
    lines[-1] = lines[-1].replace("ask worker", "ask worker tcp://127.0.0.1:8786").replace("; done", " || true; done")
    (tmp_path / "ssh").mkdir()
    with ssh_machines(tmp_path / "ssh", "load1", "load2") as bin_:
        said = carried_out(lines, tmp_path, served, path_with(bin_))
    assert_two_nodes_carried_it(tmp_path, served, said)


def test_the_manifest_is_one_of_kubernetes() -> None:
    assert len(commands("Kubernetes")) == 5
    documents = list(yaml.safe_load_all((DOCS / "kubernetes.yaml").read_text()))
    assert [one["kind"] for one in documents] == ["Deployment", "Service", "Deployment", "Job"]
    for document in documents:
        kubernetes_validate.validate(document, "1.30", strict=True)
