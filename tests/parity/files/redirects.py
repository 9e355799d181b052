"""Redirects: one request in the statistics, followed or not."""

from _trace import print

from locust import FastHttpUser, HttpUser, constant, task
from locust.exception import StopUser


class Http(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        response = self.client.get("/redirect/2")
        print("TRACE http", response.status_code, len(response.history), response.url.rpartition("/")[2])
        response = self.client.get("/redirect/1", allow_redirects=False, name="stay")
        print("TRACE http", response.status_code, response.is_redirect, response.headers["Location"])
        response = self.client.head("/redirect/1", name="head")
        print("TRACE http", response.status_code)
        response = self.client.post("/redirect/1", data="x", name="post")
        print("TRACE http", response.status_code, response.request.method)
        raise StopUser


class Fast(FastHttpUser):
    fixed_count = 1
    wait_time = constant(0)

    @task
    def all(self):
        response = self.client.get("/redirect/2", name="fast")
        print("TRACE fast", response.status_code)
        response = self.client.get("/redirect/1", allow_redirects=False, name="fast stay")
        print("TRACE fast", response.status_code, response.headers["Location"])
        raise StopUser
