"""Listeners of the everyday events, with and without **kwargs, one of them taken away again."""

import logging

from locust import HttpUser, constant, events, task


@events.init.add_listener
def on_init(environment, runner, web_ui):
    print("heard: init", runner is environment.runner, web_ui)


@events.test_start.add_listener
def on_test_start(environment):
    print("heard: test_start", environment.host is not None)


@events.spawning_complete.add_listener
def on_spawning_complete(user_count):
    print("heard: spawning_complete", user_count)


@events.test_stopping.add_listener
def on_test_stopping(environment, **kwargs):
    print("heard: test_stopping")


@events.test_stop.add_listener
def on_test_stop(**kwargs):
    print("heard: test_stop", kwargs["environment"].runner.user_count)


@events.quitting.add_listener
def registered_first(environment, **_kwargs):
    print("heard: quitting, the first one last")


@events.quitting.add_listener
def registered_last(environment, **_kwargs):
    print("heard: quitting, the last one first")


@events.quit.add_listener
def on_quit(exit_code):
    print("heard: quit", exit_code)


@events.request.add_listener
def on_request(request_type, name, response_time, response_length, response, context, exception, start_time, url):
    if exception is None and response_time > 0 and response.status_code == 200 and url.endswith("/ok"):
        Visitor.heard += 1


def never(**kwargs):
    logging.error("this listener was removed")


events.request.add_listener(never)
events.request.remove_listener(never)


class Visitor(HttpUser):
    wait_time = constant(0.01)
    heard = 0

    def context(self):
        return {"who": "visitor"}

    def on_stop(self):
        print("heard: on_stop", self.heard > 0)

    @task
    def look(self):
        self.client.get("/ok", context={"more": True})
