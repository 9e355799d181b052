"""HttpUser's client in the hands of code that expects a requests Session, and made to do what only that can."""

import pickle

import requests
from _trace import print
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPDigestAuth
from urllib3.util import Retry, Timeout

from locust import HttpUser, constant, task
from locust.clients import HttpSession
from locust.exception import StopUser

PARITY = {"processes": [1]}


class Stamped(HTTPAdapter):
    def send(self, request, **options):
        request.headers["X-Trace"] = "stamped"
        return super().send(request, **options)


class Signed(AuthBase):
    def __call__(self, request):
        request.prepare_headers({"X-Trace": request.method})
        return request


class Labelled(HttpSession):
    def request(self, method, url, name=None, **options):
        return super().request(method, url, name=f"labelled {name}", **options)


class Http(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    def another(self, kind=HttpSession):
        return kind(base_url=self.host, request_event=self.client.request_event, user=self)

    @task
    def all(self):
        self.passes_for_requests()
        self.responses()
        self.becomes_requests()
        raise StopUser

    def passes_for_requests(self):
        client = self.client
        response = client.get("/login")
        print("TRACE is", isinstance(client, requests.Session), isinstance(response, requests.Response))
        print("TRACE is", isinstance(client.cookies, requests.cookies.RequestsCookieJar), response.request.body)
        direct = requests.get(f"{self.host}/me", cookies=client.cookies)
        own = requests.Session()
        own.cookies.update(client.cookies)
        borrowed = requests.Session()
        borrowed.cookies = client.cookies
        print("TRACE cookies", direct.status_code, own.get(f"{self.host}/me").status_code)
        print("TRACE cookies", borrowed.get(f"{self.host}/me").status_code, pickle.loads(pickle.dumps(client.cookies)).get_dict())
        for cookie in client.cookies:
            cookie.value = "changed"
        print("TRACE cookies", client.get("/me", name="changed").status_code, client.cookies.list_paths())
        print("TRACE timeout", client.get("/ok", name="timeout", timeout=Timeout(connect=2, read=3)).status_code)

    def responses(self):
        client = self.client
        form = client.post("/echo", data={"a": "b"}, name="form")
        print("TRACE response", form.request.body, form.apparent_encoding, form.links, form.is_permanent_redirect)
        parts = client.post("/echo", data=b"x\0y\0z", name="parts")
        print("TRACE response", len(list(parts.iter_lines(delimiter=b'"'))), len(b"".join(parts)) == len(parts.content))
        step = client.get("/redirect/2", allow_redirects=False, name="step")
        print("TRACE response", step.next.url.removeprefix(self.host), step.raw.status, step.raw.headers["location"])
        with client.get("/bytes/10", stream=True, catch_response=True, name="raw") as streamed:
            print("TRACE response", streamed.raw.read(4), streamed.raw.read())
        try:
            client.get("/status/404", name="missing").raise_for_status()
        except requests.HTTPError as error:
            print("TRACE response", error.response.status_code, error.request.method)

    def becomes_requests(self):
        client = self.another()
        client.headers["X-Trace"] = "kept"
        client.get("/login", name="before")
        prepared = client.prepare_request(requests.Request("GET", f"{self.host}/echo"))
        print("TRACE send", client.send(prepared).json()["headers"]["X-Trace"], isinstance(client, HttpSession))
        print("TRACE after", client.get("/me", name="after").status_code, sorted(client.adapters))
        client = self.another()
        client.mount("http://", Stamped())
        print("TRACE mount", client.get("/echo", name="stamped").json()["headers"]["X-Trace"])
        client = self.another()
        client.mount("http://", HTTPAdapter(max_retries=Retry(2, status_forcelist=[503], raise_on_status=False)))
        print("TRACE mount", client.get("/status/503", name="retried").status_code)
        print("TRACE auth", self.another().get("/echo", auth=HTTPDigestAuth("a", "b"), name="digest").status_code)
        print("TRACE auth", self.another().get("/echo", auth=Signed(), name="signed").json()["headers"]["X-Trace"])
        client = self.another(Labelled)
        client.proxies = {"http": self.host}
        print("TRACE proxy", client.get("/ok", name="proxy").status_code, client.get("/ok", name="twice").status_code)
