"""Which share of a written scenario's requests each service accepts: `python -m tests.init_services [--table FILE]`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.init_services import trial

HEAD = "| service | writes | operations asked for | requests | accepted |\n|---|---|---|---|---|\n"
SHOP = {"API_USERNAME": "test_user", "API_PASSWORD": "password"}


@contextmanager
def shop() -> Iterator[str]:
    """The example service, on a free port."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data:
        Path(data).chmod(0o755)  # Started by root, PostgreSQL is another user.
        command = [sys.executable, "-m", "loadcell_shop", "--port", "0", "--data", f"{data}/data"]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SHOP_")}
        with subprocess.Popen(command, env=inherited, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                lines = iter(process.stdout.readline, "")
                yield next(line.split()[-1] for line in lines if line.startswith("shop: listening on "))
            finally:
                process.terminate()
                process.wait(30)


def measure(name: str, url: str, environment: dict[str, str], *, writes: bool) -> trial.Outcome:
    """Write the scenario and run it."""
    with tempfile.TemporaryDirectory() as folder:
        done = trial.loadcell(Path(folder), "init", "--openapi", f"{url}/openapi.json", *(["--writes"] if writes else []))
        if done.returncode:
            raise SystemExit(f"{name}: {done.stderr}")
        return trial.run(Path(folder), url, **environment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, default=None, metavar="FILE")
    given = parser.parse_args()
    rows, refused = [], []
    for name in (*trial.SERVICES, "shop"):
        for writes in (False, True):
            with shop() if name == "shop" else trial.serving(name) as url:
                environment = SHOP if name == "shop" else trial.credentials(name)
                outcome = measure(name, url, environment, writes=writes)
            cells = (name, "yes" if writes else "no", len(outcome.names), outcome.requests, f"{outcome.accepted:.1%}")
            rows.append(f"| {' | '.join(map(str, cells))} |\n")
            sys.stdout.write(rows[-1])
            sys.stdout.flush()
            if outcome.accepted < trial.ENOUGH or outcome.exceptions:
                refused += [name, *outcome.errors]
    if given.table:
        given.table.parent.mkdir(parents=True, exist_ok=True)
        given.table.write_text(HEAD + "".join(rows))
    if refused:
        raise SystemExit("\n".join(refused))


if __name__ == "__main__":
    main()
