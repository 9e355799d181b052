"""The shop's database, complete: PostgreSQL started where none is named, tables made and filled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy.exc import ArgumentError, DBAPIError

from .database import running_postgres
from .engine import create_engine
from .errors import ShopError
from .seeding import prepare
from .settings import Settings


@contextmanager
def filled_database(settings: Settings, data: Path) -> Iterator[str]:
    """Give the URL of a filled database: that of the settings, else our own on `data`. ShopError if there can't be one."""
    if settings.database_url:
        yield _filled(settings)
    else:
        with running_postgres(data) as url:
            yield _filled(replace(settings, database_url=url))


def _filled(settings: Settings) -> str:
    try:
        asyncio.run(_fill(settings))
    except (OSError, ArgumentError, DBAPIError) as error:
        reason = str(error).partition("\n")[0]
        raise ShopError(f"The database cannot be used ({reason}). Is SHOP_DATABASE_URL right?") from None
    return settings.database_url


async def _fill(settings: Settings) -> None:
    engine = create_engine(settings)
    try:
        await prepare(engine, order_index=settings.order_index)
    finally:
        await engine.dispose()
