"""The scenario's own command-line arguments."""

from _trace import print

from locust import HttpUser, constant, events, task
from locust.exception import StopUser

PARITY = {
    "options": ["-t", "2", "--tenant", "acme", "--depth", "3", "--ids", "1", "2", "--careful"],
    "env": {"PARITY_COLOUR": "red"},
    "processes": [1],
}


@events.init_command_line_parser.add_listener
def arguments(parser):
    parser.add_argument("--tenant", type=str, default="none", help="whose data")
    parser.add_argument("--depth", type=int, env_var="PARITY_DEPTH", default=1)
    parser.add_argument("--colour", env_var="PARITY_COLOUR", default="blue", choices=["red", "blue"])
    parser.add_argument("--ids", is_multiple=True, nargs="*", type=int)
    parser.add_argument("--careful", action="store_true")
    parser.add_argument("--secret", is_secret=True, default="s3cret", include_in_web_ui=False)


@events.test_start.add_listener
def show(environment, **kwargs):
    options = environment.parsed_options
    print("TRACE options", options.tenant, options.depth, options.colour, options.ids, options.careful, options.secret)


class Own(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def once(self):
        self.client.get("/ok", name=self.environment.parsed_options.tenant)
        raise StopUser
