"""Creates the tables and fills them; safe to run again, and by several workers at once."""

import secrets

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from .models import Base, SigningKey

ADVISORY_LOCK = 7_246_700

ORDER_INDEX = {
    True: "CREATE INDEX IF NOT EXISTS ix_order_lines_order_id ON order_lines (order_id)",
    False: "DROP INDEX IF EXISTS ix_order_lines_order_id",
}

# 1,000 items; 5,000 customers, the first of them "test_user"; 25,000 orders of 4 lines. All passwords are "password".
ROWS = (
    """INSERT INTO items (name, price)
       SELECT 'Item ' || n, 1 + n % 500 FROM generate_series(1, 1000) n""",
    """INSERT INTO customers (username, password_hash)
       SELECT username, encode(sha256(convert_to(username || ':password', 'UTF8')), 'hex')
       FROM (SELECT CASE n WHEN 1 THEN 'test_user' ELSE 'customer_' || n END AS username
             FROM generate_series(1, 5000) n) names""",
    """INSERT INTO orders (customer_id, created_at)
       SELECT 1 + n % 5000, now() - n * interval '1 minute' FROM generate_series(1, 25000) n""",
    """INSERT INTO order_lines (order_id, item_id, quantity)
       SELECT 1 + n / 4, 1 + n::bigint * 7919 % 1000, 1 + n % 3 FROM generate_series(0, 99999) n""",
)


async def prepare(engine: AsyncEngine, *, order_index: bool) -> None:
    """Create and seed what is missing, and make or drop the index on `order_lines.order_id`."""
    # One transaction: an interrupted start leaves nothing half made.
    async with engine.begin() as connection:
        await connection.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))
        await connection.run_sync(Base.metadata.create_all)
        empty = await connection.scalar(select(SigningKey.id)) is None
        if empty:
            for statement in ROWS:
                await connection.exec_driver_sql(statement)
            await connection.execute(insert(SigningKey).values(key=secrets.token_bytes(32)))
        await connection.exec_driver_sql(ORDER_INDEX[order_index])
        if empty:
            await connection.exec_driver_sql("ANALYZE")
