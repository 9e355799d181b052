"""Operations on a collection in Qdrant."""

from __future__ import annotations

from typing import Any

from loadcell.compat.optional import need
from loadcell.compat.vectors import fire, measured
from loadcell.scenario.user import User

qdrant_client = need("qdrant_client", "qdrant")


class QdrantLocustClient:
    """A client of one collection; each method returns {"success", "response_time", "result" or "exception", …}."""

    def __init__(self, url: str, collection_name: str, api_key: str | None = None, timeout: int = 60, **kwargs: Any) -> None:
        self.collection_name = collection_name
        where = {"location": url} if url == ":memory:" else {"url": url, "api_key": api_key, "timeout": timeout}
        self.client = qdrant_client.QdrantClient(**where, **kwargs)

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def create_collection(self, vectors_config: Any, **kwargs: Any) -> None:
        """Make the collection if there is none."""
        if not self.client.collection_exists(collection_name=self.collection_name):
            self.client.create_collection(collection_name=self.collection_name, vectors_config=vectors_config, **kwargs)

    def upsert(self, points: Any) -> dict[str, Any]:
        """Write points."""
        return measured(lambda: self.client.upsert(collection_name=self.collection_name, points=points))

    def search(
        self, query: Any, limit: int = 10, query_filter: Any = None, search_params: Any = None, with_payload: bool = True
    ) -> dict[str, Any]:
        """Find the nearest points; without any it is no success, and `empty`."""
        outcome = measured(
            lambda: self.client.query_points(
                collection_name=self.collection_name,
                query=query,
                limit=limit,
                query_filter=query_filter,
                search_params=search_params,
                with_payload=with_payload,
            )
        )
        return _with_empty(outcome, lambda result: not result.points)

    def scroll(self, scroll_filter: Any = None, limit: int = 10, with_payload: bool = True) -> dict[str, Any]:
        """Read points in their order; without any it is no success, and `empty`."""
        outcome = measured(
            lambda: self.client.scroll(
                collection_name=self.collection_name, scroll_filter=scroll_filter, limit=limit, with_payload=with_payload
            )
        )
        if outcome["success"]:
            outcome["result"], outcome["next_offset"] = outcome["result"]
        return _with_empty(outcome, lambda result: not result)

    def delete(self, points_selector: Any) -> dict[str, Any]:
        """Delete points."""
        return measured(lambda: self.client.delete(collection_name=self.collection_name, points_selector=points_selector))


def _with_empty(outcome: dict[str, Any], is_empty: Any) -> dict[str, Any]:
    if outcome["success"]:
        outcome["empty"] = is_empty(outcome["result"])
        outcome["success"] = not outcome["empty"]
    return outcome


class QdrantUser(User):
    """A user of the collection `collection_name` at `url`; each operation is an entry of the type qdrant."""

    abstract = True
    url: str = "http://localhost:6333"
    api_key: str | None = None
    collection_name: str | None = None
    timeout: int = 60
    vectors_config: Any = None
    client_kwargs: dict[str, Any] | None = None
    collection_kwargs: dict[str, Any] | None = None
    client_type = "qdrant"

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        if self.collection_name is None:
            raise ValueError("'collection_name' must be provided for QdrantUser")
        self.client = QdrantLocustClient(
            self.url, self.collection_name, self.api_key, self.timeout, **(self.client_kwargs or {})
        )
        if self.vectors_config is not None:
            self.client.create_collection(self.vectors_config, **(self.collection_kwargs or {}))

    def upsert(self, points: Any) -> dict[str, Any]:
        """Write points."""
        return fire(self.client_type, "upsert", self.client.upsert(points))

    def search(self, query: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Find the nearest points."""
        return fire(self.client_type, "search", self.client.search(query, *args, **kwargs))

    def scroll(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Read points in their order."""
        return fire(self.client_type, "scroll", self.client.scroll(*args, **kwargs))

    def delete(self, points_selector: Any) -> dict[str, Any]:
        """Delete points."""
        return fire(self.client_type, "delete", self.client.delete(points_selector))

    def on_stop(self) -> None:
        self.client.close()
