"""GraphQL: failures that hide in a 200, by name of the operation."""

from locust import HttpUser, constant, task
from locust.exception import StopUser


class Graph(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    def query(self, name, text, fails=False):
        body = {"operationName": name, "query": text}
        with self.client.post("/echo", json=body, name=f"graphql {name}", catch_response=True) as response:
            if fails:
                response.failure(f"{name} has errors")
            elif name not in response.json()["body"]:
                response.failure("lost")

    @task
    def all(self):
        self.query("Books", "query Books { books }")
        self.query("Buy", "mutation Buy { buy }", fails=True)
        raise StopUser
