"""Cookies of a session, for both clients."""

from _trace import print

from locust import FastHttpUser, HttpUser, constant, task
from locust.exception import StopUser


class Http(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        self.client.get("/me", name="before")
        self.client.get("/login")
        self.client.get("/me", name="after")
        print("TRACE http", self.client.cookies.get("session"), self.client.cookies.get_dict())
        self.client.cookies.clear()
        self.client.get("/me", name="cleared")
        self.client.get("/me", name="given", cookies={"session": "abc"})
        self.client.cookies.set("session", "abc")
        self.client.get("/me", name="set")
        raise StopUser


class Fast(FastHttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        self.client.get("/me", name="fast before")
        self.client.get("/login", name="fast login")
        self.client.get("/me", name="fast after")
        self.client.cookiejar.clear()
        self.client.get("/me", name="fast cleared")
        raise StopUser
