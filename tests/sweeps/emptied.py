"""`python -m tests.sweeps.emptied`: the shop's database as if it had never been used; the shop fills it when it starts."""

from __future__ import annotations

import asyncio
import os

from loadcell_shop.engine import create_engine
from loadcell_shop.settings import Settings


async def emptied() -> None:
    """Drop everything that is in the database of `SHOP_DATABASE_URL`."""
    engine = create_engine(Settings.from_environment(os.environ))
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            await connection.exec_driver_sql("CREATE SCHEMA public")
    finally:
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(emptied())
