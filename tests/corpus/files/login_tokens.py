"""Sign in once, send the token with every request, renew it now and then."""
from locust import task
from _common import SignedIn


class Member(SignedIn):
    requests_with_token = 0

    @task
    def profile(self):
        self.requests_with_token += 1
        if self.requests_with_token % 5 == 0:
            self.renew()
        with self.client.get("/profile", catch_response=True) as response:
            if response.status_code == 200 and response.json()["name"] != self.tokens["token"][2:]:
                response.failure("somebody else's profile")

    def renew(self):
        self.tokens = self.client.post("/refresh", json={"refresh": self.tokens["refresh"]}).json()
        self.client.headers.update({"Authorization": f"Bearer {self.tokens['token']}"})
