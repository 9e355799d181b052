"""GraphQL over POST: one URL, names by operation, errors inside of a 200."""
from locust import HttpUser, between, task

BOOKS = "query Books($first: Int) { books(first: $first) { title } }"


class GraphQLUser(HttpUser):
    wait_time = between(0.05, 0.1)

    def graphql(self, operation, query, variables=None):
        body = {"operationName": operation, "query": query, "variables": variables or {}}
        with self.client.post("/graphql", json=body, name=f"graphql {operation}", catch_response=True) as response:
            if response.status_code != 200:
                response.failure(f"status {response.status_code}")
                return None
            found = response.json()
            if found.get("errors"):
                response.failure(found["errors"][0]["message"])
                return None
            return found["data"]

    @task(4)
    def books(self):
        assert self.graphql("Books", BOOKS, {"first": 10}) == {"Books": {"first": 10}}

    @task
    def broken(self):
        self.graphql("Broken", "query Broken { nothing }")
