"""Options of its own."""
from locust import HttpUser, between, events, task


@events.init_command_line_parser.add_listener
def add_options(parser):
    group = parser.add_argument_group("shop", "what to buy")
    group.add_argument("--first-item", type=int, env_var="FIRST_ITEM", default=1, help="where to begin")
    parser.add_argument("--careful", action="store_true", help="check prices")
    parser.add_argument("--currency", choices=["EUR", "USD"], default="EUR")


@events.test_start.add_listener
def announce(environment, **kwargs):
    options = environment.parsed_options
    print("careful" if options.careful else "careless", "from", options.first_item, "in", options.currency)


class Buyer(HttpUser):
    wait_time = between(0.05, 0.1)

    def on_start(self):
        self.item = self.environment.parsed_options.first_item

    @task
    def look(self):
        self.item += 1
        answer = self.client.get(f"/items/{self.item}", name="/items/[id]")
        if self.environment.parsed_options.careful:
            assert answer.json()["price"] == 10 + self.item
