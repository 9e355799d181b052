"""What has to be there before the load, fetched with requests, and put away afterwards."""
import requests
from locust import HttpUser, between, events, task
from requests.exceptions import RequestException

state = {}


@events.test_start.add_listener
def fetch_token(environment, **kwargs):
    host = environment.host or environment.parsed_options.host
    try:
        answer = requests.post(f"{host}/login", json={"user": "setup", "password": "setup-pw"}, timeout=5)
        answer.raise_for_status()
    except RequestException as error:
        environment.runner.quit()
        raise error
    state["token"] = answer.json()["token"]
    # The shop counts this one, too.
    environment.events.request.fire(request_type="POST", name="setup", response_time=1, response_length=0)


@events.test_stop.add_listener
def put_away(environment, **kwargs):
    state.clear()
    print("teardown done")


class Member(HttpUser):
    wait_time = between(0.05, 0.1)

    @task
    def profile(self):
        response = self.client.get("/profile", headers={"Authorization": f"Bearer {state['token']}"})
        try:
            response.raise_for_status()
        except requests.exceptions.HTTPError:
            state["broken"] = True
