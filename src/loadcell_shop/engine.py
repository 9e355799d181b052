"""The shop's pool of database connections."""

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from .errors import ShopError
from .settings import Settings


def create_engine(settings: Settings) -> AsyncEngine:
    """Return an engine for the settings' database; raises ShopError when no database is named."""
    if not settings.database_url:
        raise ShopError("SHOP_DATABASE_URL is not set. Start the shop with `python -m loadcell_shop`, or name a PostgreSQL.")
    return create_async_engine(
        make_url(settings.database_url).set(drivername="postgresql+asyncpg"),
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.pool_timeout,
    )
