"""A cluster that takes nobody without a certificate of its own authority."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from tests.cluster.machines import machines
from tests.cluster.service import Service
from tests.integration.loadcell_command import Command

SCENARIO = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.client.get("/look")
"""


def certificate(authority: trustme.CA, folder: Path, name: str) -> Path:
    """A file with a certificate and its key."""
    path = folder / f"{name}.pem"
    authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(path)
    return path


def test_who_has_no_certificate_is_not_let_in(
    tmp_path: Path, served: Service, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca)
    machine = certificate(authority, tmp_path, "machine")
    mine, theirs = certificate(authority, tmp_path, "mine"), certificate(stranger, tmp_path, "theirs")
    options = ["--protocol", "tls", "--tls-ca-file", str(ca), "--tls-cert", str(machine), "--tls-key", str(machine)]
    with machines(tmp_path / "cluster", 2, options) as cluster:
        assert cluster.address.startswith("tls://")
        load = ("-u", "2", "-r", "9", "-t", "2s", "--cluster", cluster.address)
        monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TLS__CA_FILE", str(ca))
        for path in (theirs, None):
            for part in ("CERT", "KEY"):
                name = f"DASK_DISTRIBUTED__COMM__TLS__CLIENT__{part}"
                monkeypatch.delenv(name) if path is None else monkeypatch.setenv(name, str(path))
            refused = command.run(SCENARIO, *load)
            assert refused.code == 2, refused.err
            assert f"No Dask scheduler can be reached at {cluster.address}" in refused.err
            assert "Traceback" not in refused.err
        for part in ("CERT", "KEY"):
            monkeypatch.setenv(f"DASK_DISTRIBUTED__COMM__TLS__CLIENT__{part}", str(mine))
        result = command.run(SCENARIO, *load)
    assert result.code == 0, result.err
    assert "without TLS" not in result.err
    with result.reader() as reader:
        nodes = reader.facts.environment["generator"]["nodes"]
    assert all(facts["address"].startswith("tls://") for facts in nodes.values())
