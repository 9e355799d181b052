"""Arguments of the file's own; meant for --tenant acme --fast --depth 2."""

from locust import HttpUser, constant, events, task


@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--tenant", type=str, env_var="LOCUST_TENANT", default="none", help="whose data")
    parser.add_argument("--depth", type=int, include_in_web_ui=True, default=1)
    parser.add_argument("--fast", action="store_true", help="no waits")
    parser.add_argument("--secret", is_secret=True, default="hidden")


@events.test_start.add_listener
def _(environment, **kw):
    options = environment.parsed_options
    assert (options.depth, options.fast, options.secret) == (2, True, "hidden")
    assert options.host == environment.host


class Tenant(HttpUser):
    wait_time = constant(0.01)

    @task
    def look(self):
        self.client.get("/ok", name=f"of {self.environment.parsed_options.tenant}")
