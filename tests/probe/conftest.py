"""Real servers with the probe in them, and a PostgreSQL for those that want one."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadcell_shop.database import running_postgres

from .servers import ServiceUnderProbe, uvicorn


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    # Not tmp_path: as root PostgreSQL runs under another account, which may not enter pytest's directories.
    with tempfile.TemporaryDirectory(prefix="probe-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        with running_postgres(Path(directory) / "data") as url:
            yield url


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    # Not tmp_path either: the path of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="probe-") as name:
        yield Path(name)


@pytest.fixture
def short() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="probe-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def service(directory: Path, database_url: str) -> Iterator[ServiceUnderProbe]:
    """One worker on uvloop, and another service that it calls."""
    other: dict[str, str] = {"DATABASE_URL": database_url}
    with (
        uvicorn("tests.probe.service:app", directory / "downstream", other | {"LOADCELL_PROBE_DIR": ""}) as downstream,
        uvicorn("tests.probe.service:app", directory / "probe", other | {"DOWNSTREAM_URL": downstream.url}) as service,
    ):
        yield service
