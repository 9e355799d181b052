"""Queries to MongoDB."""

from __future__ import annotations

import time
from typing import Any

from loadcell.compat.optional import need
from loadcell.scenario import events
from loadcell.scenario.user import User

pymongo = need("pymongo", "mongodb")


class MongoDBClient(pymongo.MongoClient):  # type: ignore[misc, name-defined]
    """A client whose queries are entries MONGODB QUERY."""

    def __init__(self, conn_string: str, db_name: str) -> None:
        super().__init__(conn_string)
        self.db = self[db_name]

    def execute_query(self, collection_name: str, query: Any) -> None:
        """Find and fetch what fits the query, and count it; an error of the database makes it a failure."""
        started = time.perf_counter()
        error: Exception | None = None
        try:
            list(self.db[collection_name].find(query))
        except pymongo.errors.PyMongoError as raised:
            error = raised
        events.request.fire(
            request_type="MONGODB",
            name="QUERY",
            response_time=(time.perf_counter() - started) * 1000,
            response_length=0,
            exception=error,
        )


class MongoDBUser(User):
    """A user whose `client` is connected to `conn_string`, and asks the database `db_name`."""

    abstract = True
    conn_string: str
    db_name: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = MongoDBClient(conn_string=self.conn_string, db_name=self.db_name)

    def on_stop(self) -> None:
        self.client.close()
