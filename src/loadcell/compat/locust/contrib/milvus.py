"""Operations on a collection in Milvus."""

from __future__ import annotations

from typing import Any

from loadcell.compat.optional import need
from loadcell.compat.vectors import fire, measured
from loadcell.scenario import events
from loadcell.scenario.user import User

pymilvus = need("pymilvus", "milvus")


class MilvusV2Client:
    """A client of one collection; each method returns {"success", "response_time", "result" or "exception", …}."""

    def __init__(
        self, uri: str, collection_name: str, token: str = "root:Milvus", db_name: str = "default", timeout: int = 60
    ) -> None:
        self.collection_name = collection_name
        self.client = pymilvus.MilvusClient(uri=uri, token=token, db_name=db_name, timeout=timeout)

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def create_collection(self, schema: Any, index_params: Any, **kwargs: Any) -> None:
        """Make the collection."""
        self.client.create_collection(
            collection_name=self.collection_name, schema=schema, index_params=index_params, **kwargs
        )

    def insert(self, data: Any) -> dict[str, Any]:
        """Write rows."""
        return measured(lambda: self.client.insert(collection_name=self.collection_name, data=data))

    def upsert(self, data: Any) -> dict[str, Any]:
        """Write or overwrite rows."""
        return measured(lambda: self.client.upsert(collection_name=self.collection_name, data=data))

    def search(
        self,
        data: Any,
        anns_field: str,
        limit: int,
        filter: str = "",
        search_params: Any = None,
        output_fields: Any = None,
        calculate_recall: bool = False,
        ground_truth: Any = None,
    ) -> dict[str, Any]:
        """Find the nearest rows; with `calculate_recall` also which share of `ground_truth` was among them."""
        outcome = measured(
            lambda: self.client.search(
                collection_name=self.collection_name,
                data=data,
                anns_field=anns_field,
                filter=filter,
                limit=limit,
                search_params=search_params,
                output_fields=output_fields,
            )
        )
        outcome = _with_empty(outcome)
        if calculate_recall and ground_truth is not None and outcome.get("result") is not None:
            outcome["recall"] = self.get_recall(outcome["result"], ground_truth, limit)
            outcome["retrieved_count"] = sum(len(one) for one in outcome["result"])
        return outcome

    def hybrid_search(self, reqs: Any, ranker: Any, limit: int, output_fields: Any = None) -> dict[str, Any]:
        """Find by several fields at once."""
        return _with_empty(
            measured(
                lambda: self.client.hybrid_search(
                    collection_name=self.collection_name,
                    reqs=reqs,
                    ranker=ranker,
                    limit=limit,
                    output_fields=output_fields,
                )
            )
        )

    def query(self, filter: str, output_fields: Any = None) -> dict[str, Any]:
        """Read the rows that fit a filter."""
        return _with_empty(
            measured(
                lambda: self.client.query(collection_name=self.collection_name, filter=filter, output_fields=output_fields)
            )
        )

    def delete(self, filter: str) -> dict[str, Any]:
        """Delete the rows that fit a filter."""
        return measured(lambda: self.client.delete(collection_name=self.collection_name, filter=filter))

    @staticmethod
    def get_recall(search_results: Any, ground_truth: Any, limit: int | None = None) -> float:
        """Which share, from 0 to 1, of the true nearest rows was found, over all questions."""
        shares = []
        for found, truth in zip(search_results, ground_truth, strict=False):
            true_ids = list(truth)[:limit]
            found_ids = {one["id"] for one in list(found)[:limit]}
            if true_ids:
                shares.append(len(found_ids & set(true_ids)) / len(true_ids))
        return sum(shares) / len(shares) if shares else 0.0


def _with_empty(outcome: dict[str, Any]) -> dict[str, Any]:
    if outcome["success"]:
        result = outcome["result"]
        outcome["empty"] = not result or (isinstance(result[0], list) and not result[0])
        outcome["success"] = not outcome["empty"]
    return outcome


class MilvusUser(User):
    """A user of a collection; each operation is an entry of the type milvus. Derive from it and call its `__init__`."""

    abstract = True
    client_type = "milvus"

    def __init__(
        self,
        environment: Any,
        uri: str | None = None,
        token: str = "root:Milvus",
        collection_name: str | None = None,
        db_name: str = "default",
        timeout: int = 60,
        schema: Any = None,
        index_params: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(environment)
        if uri is None or collection_name is None:
            raise ValueError("'uri' and 'collection_name' must be provided for MilvusUser")
        self.client = MilvusV2Client(uri, collection_name, token, db_name, timeout)
        if schema is not None:
            self.client.create_collection(schema, index_params, **kwargs)

    def insert(self, data: Any) -> dict[str, Any]:
        """Write rows."""
        return fire(self.client_type, "insert", self.client.insert(data))

    def upsert(self, data: Any) -> dict[str, Any]:
        """Write or overwrite rows."""
        return fire(self.client_type, "upsert", self.client.upsert(data))

    def search(self, data: Any, anns_field: str, limit: int, **kwargs: Any) -> dict[str, Any]:
        """Find the nearest rows; a recall that was asked for is an entry of its own, in %, in the place of the time."""
        outcome = fire(self.client_type, "search", self.client.search(data, anns_field, limit, **kwargs))
        if "recall" in outcome:
            events.request.fire(
                request_type=self.client_type,
                name="recall",
                response_time=int(outcome["recall"] * 100),
                response_length=outcome["retrieved_count"],
                exception=None,
            )
        return outcome

    def hybrid_search(self, reqs: Any, ranker: Any, limit: int, output_fields: Any = None) -> dict[str, Any]:
        """Find by several fields at once."""
        return fire(self.client_type, "hybrid_search", self.client.hybrid_search(reqs, ranker, limit, output_fields))

    def query(self, filter: str, output_fields: Any = None) -> dict[str, Any]:
        """Read the rows that fit a filter."""
        return fire(self.client_type, "query", self.client.query(filter, output_fields))

    def delete(self, filter: str) -> dict[str, Any]:
        """Delete the rows that fit a filter."""
        return fire(self.client_type, "delete", self.client.delete(filter))

    def on_stop(self) -> None:
        self.client.close()
