"""Queries to PostgreSQL."""

from __future__ import annotations

import time
from typing import Any

from loadcell.compat.optional import need
from loadcell.scenario import events
from loadcell.scenario.user import User

psycopg = need("psycopg", "postgres")


class PostgresClient:
    """One connection; each query is an entry `execute_query` of the type postgres_success or postgres_failure."""

    def __init__(self, conn_string: str) -> None:
        self.connection = psycopg.connect(conn_string)

    def execute_query(self, query: Any) -> None:
        """Execute a query and count it; what it raises makes it a failure."""
        started = time.perf_counter()
        error: Exception | None = None
        try:
            self.connection.execute(query)
        except Exception as raised:
            error = raised
        events.request.fire(
            request_type="postgres_failure" if error else "postgres_success",
            name="execute_query",
            response_time=(time.perf_counter() - started) * 1000,
            response_length=0,
            exception=error,
        )

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class PostgresUser(User):
    """A user whose `client` is a connection to `conn_string`."""

    abstract = True
    conn_string: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = PostgresClient(conn_string=self.conn_string)

    def on_stop(self) -> None:
        self.client.close()
