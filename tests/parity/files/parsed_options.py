"""The options of the run as the scenario sees them."""

from _trace import print

from locust import HttpUser, constant, events, task

PARITY = {"options": ["-u", "3", "-r", "2.5", "-t", "2", "-s", "1", "--loglevel", "WARNING"], "processes": [1]}


@events.init.add_listener
def show(environment, **kwargs):
    options = environment.parsed_options
    print("TRACE options", options.num_users, options.spawn_rate, options.run_time, options.headless, options.stop_timeout)
    print("TRACE options", options.loglevel, options.tags, options.exclude_tags, options.csv_prefix, options.only_summary)
    print("TRACE environment", environment.stop_timeout, environment.reset_stats, environment.host == options.host)
    print("TRACE environment", [cls.__name__ for cls in environment.user_classes], environment.shape_class)
    print("TRACE environment", environment.locustfile, environment.catch_exceptions, environment.tags)


class Own(HttpUser):
    wait_time = constant(10)

    @task
    def once(self):
        self.client.get("/ok")
