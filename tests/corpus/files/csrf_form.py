"""A session with cookies, and a token scraped out of the page."""
import re

from locust import HttpUser, between, task

TOKEN = re.compile(r'name="csrf" value="(.*?)"')


class FormUser(HttpUser):
    wait_time = between(0.05, 0.1)

    @task
    def fill_in(self):
        page = self.client.get("/form")
        token = TOKEN.search(page.text).group(1)
        assert self.client.cookies["csrf"] == token
        with self.client.post("/form", data={"csrf": token, "name": "Anna"}, catch_response=True) as response:
            if not response.ok:
                response.failure(f"refused: {response.status_code}")
