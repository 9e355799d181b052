"""Recordings: what is played again, what is taken out of answers, and that no secret is written down."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loadcell import scaffold
from loadcell.errors import UsageError
from tests.init_services.checkout import PASSWORD, USER
from tests.unit.scaffold.conftest import check

GOLDEN = Path(__file__).with_name("golden")
CHECKOUT = Path(__file__).resolve().parents[2] / "init_services" / "checkout.har"
HOST = "https://shop.example.com"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.abc123"
Replay = Callable[..., str]


def entry(
    method: str, url: str, answer: Any = None, *, status: int = 200, kind: str = "application/json", **more: Any
) -> dict[str, Any]:
    """An entry of a HAR, in few words."""
    headers = [{"name": name, "value": value} for name, value in more.get("headers", {}).items()]
    received = [{"name": name, "value": value} for name, value in more.get("received", [])]
    request: dict[str, Any] = {"method": method, "url": url if "://" in url else HOST + url, "headers": headers}
    if "json" in more:
        request["postData"] = {"mimeType": "application/json", "text": json.dumps(more["json"])}
    if "posted" in more:
        request["postData"] = more["posted"]
    text = answer if isinstance(answer, str) else json.dumps(answer)
    response = {
        "status": status,
        "headers": received,
        "content": {"mimeType": kind, "text": text},
        "redirectURL": more.get("to", ""),
    }
    return {"request": request, "response": response}


@pytest.fixture
def replay(tmp_path: Path) -> Replay:
    """The scenario of some entries."""

    def replayed(*entries: dict[str, Any], host: str = "") -> str:
        path = tmp_path / "way.har"
        path.write_text(json.dumps({"log": {"entries": entries}}))
        source = scaffold.from_recording(path, file="locustfile.py", host=host).source
        check(source)
        return source

    return replayed


def test_a_whole_file() -> None:
    source = scaffold.from_recording(CHECKOUT, file="locustfile.py").source
    check(source)
    assert source == (GOLDEN / "checkout.py").read_text()


def test_no_secret_of_the_recording_is_written_down() -> None:
    source = scaffold.from_recording(CHECKOUT, file="locustfile.py").source
    recorded = json.loads(CHECKOUT.read_text())["log"]["entries"]
    sent = {
        header["value"]
        for one in recorded
        for header in one["request"]["headers"]
        if header["name"] in ("cookie", "authorization")
    }
    secrets = {USER, PASSWORD, *(value.rpartition(" ")[2].rpartition("=")[2] for value in sent)}
    assert len(secrets) > 3
    assert [secret for secret in secrets if secret in source] == []


def test_assets_others_failures_and_the_end_of_the_session_are_left_out(replay: Replay) -> None:
    source = replay(
        entry("GET", "/app.js", "", kind="text/javascript"),
        entry("GET", "/logo", "", kind="image/png"),
        entry("GET", "https://stats.other.net/hit", {}),
        entry("OPTIONS", "/items", {}),
        entry("GET", "/me", {}, status=401),
        entry("GET", "/items", []),
        entry("GET", "https://api.example.com/prices", []),
        entry("GET", "/items", []),
        entry("POST", "/logout", {}),
    )
    assert source.count("self.client.") == 3
    assert source.count('self.client.get("/items")') == 2
    assert 'self.client.get("https://api.example.com/prices")' in source


def test_a_redirect_and_where_it_leads_are_one_request(replay: Replay) -> None:
    source = replay(
        entry("POST", "/orders", "", status=303, to="/orders/81"),
        entry("GET", "/orders/81", "<html>", kind="text/html"),
        entry("GET", "/orders/81/receipt", {}),
    )
    assert source.count("self.client.") == 2
    assert 'order_id = response.url.split("/")[4]' in source
    assert 'self.client.get(f"/orders/{order_id}/receipt", name="/orders/{order_id}/receipt")' in " ".join(
        source.split()
    ).replace("( ", "(").replace(", )", ")")


def test_values_of_answers_are_taken_out_of_answers(replay: Replay) -> None:
    source = replay(
        entry("POST", "/carts", {"data": {"id": 4711, "state": "open"}}),
        entry(
            "POST", "/carts/4711/lines", {"ok": True}, json={"cart": 4711, "as_text": "4711", "count": 1, "state": "open"}
        ),
        entry("GET", "/carts?id=4711", {}),
    )
    assert 'cart_id = response.json()["data"]["id"]' in source
    assert 'f"/carts/{cart_id}/lines"' in source
    assert '"as_text": str(cart_id)' in source
    assert 'params={"id": str(cart_id)}' in source


def test_what_the_user_has_typed_is_not_taken_from_an_echo(replay: Replay) -> None:
    source = replay(
        entry("POST", "/profiles", {"slug": "anna-from-berlin"}, json={"slug": "anna-from-berlin"}),
        entry("GET", "/profiles/anna-from-berlin", {}),
    )
    assert 'self.client.get("/profiles/anna-from-berlin")' in source


@pytest.mark.parametrize(
    "page",
    [
        '<input type="hidden" name="_csrf" value="a&amp;b0123456789">',
        "<input value='a&amp;b0123456789' name='_csrf'>",
        '<meta name="_csrf" content="a&amp;b0123456789">',
        "<input type=hidden name=_csrf value=a&amp;b0123456789>",
        '<input data-value="x" name = "_csrf" value = "a&amp;b0123456789" />',
    ],
)
def test_hidden_fields(replay: Replay, page: str) -> None:
    posted = {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "_csrf", "value": "a%26b0123456789"}]}
    source = replay(entry("GET", "/form", page, kind="text/html"), entry("POST", "/form", "", posted=posted))
    assert 'csrf_token = field(response.text, "_csrf")' in source
    assert 'data={"_csrf": csrf_token}' in source
    found: dict[str, Any] = {}
    exec(source[source.index("import html") : source.index("class ")].replace("from loadcell", "# from loadcell"), found)
    assert found["field"](page, "_csrf") == "a&b0123456789"


def test_a_cookie_that_goes_back_in_a_header(replay: Replay) -> None:
    source = replay(
        entry("GET", "/", "", kind="text/html", received=[("Set-Cookie", "XSRF-TOKEN=0123456789abcdef0; Path=/")]),
        entry("POST", "/items", {}, headers={"X-XSRF-TOKEN": "0123456789abcdef0", "Cookie": "XSRF-TOKEN=0123456789abcdef0"}),
    )
    assert 'csrf_token = self.client.cookies["XSRF-TOKEN"]' in source
    assert 'headers={"X-Xsrf-Token": csrf_token}' in source


def test_a_token_of_an_answer_goes_with_all_that_follows(replay: Replay) -> None:
    known = {"Authorization": f"Bearer {TOKEN}"}
    source = replay(
        entry("POST", "/login", {"token": TOKEN}, json={"user": "anna", "password": "secret"}),
        entry("GET", "/items", [], headers=known),
        entry("GET", "/items", [], headers=known),
    )
    assert source.count('self.client.headers["Authorization"] = f"Bearer {token}"') == 1
    assert 'json={"user": USERNAME, "password": PASSWORD}' in source
    assert "def log_in(self) -> None:" in source
    for secret in (TOKEN, '"anna"', '"secret"'):
        assert secret not in source


def test_credentials_from_before_the_recording_come_from_the_environment(replay: Replay) -> None:
    source = replay(
        entry(
            "GET", "/a", {}, headers={"Authorization": f"Bearer {TOKEN}", "Cookie": "sessionid=s3cr3t-cookie; theme=dark"}
        ),
        entry("GET", "/b?api_key=k-0123456789abcdef0", {}, headers={"X-Api-Key": "k-0123456789abcdef0"}),
        entry("GET", "/files/7?X-Amz-Signature=0f1e2d3c4b5a69788", {}),
        entry("POST", "/c", {}, json={"note": f"my token is {TOKEN}"}),
    )
    assert 'self.client.headers["Authorization"] = f"Bearer {TOKEN}"' in source
    assert 'self.client.cookies["sessionid"] = COOKIE_SESSIONID' in source
    assert 'COOKIE_SESSIONID = os.environ["API_COOKIE_SESSIONID"]' in source
    assert 'json={"note": f"my token is {TOKEN}"}' in source
    for secret in (TOKEN, "s3cr3t", "k-0123", "dark", "0f1e2d"):
        assert secret not in source


SECRET = "Hunter-2-Hunter"
PARTS = f"""--x\r\nContent-Disposition: form-data; name="user"\r\n\r\nanna\r\n--x\r
Content-Disposition: form-data; name="password"\r\n\r\n{SECRET}\r\n--x\r
Content-Disposition: form-data; name="photo"; filename="me.png"\r\nContent-Type: image/png\r\n\r\nPNG\r\n--x--\r\n"""


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("multipart/form-data; boundary=x", PARTS),
        ("multipart/form-data", PARTS),
        ("application/x-www-form-urlencoded", f"user=anna&password1={SECRET}&password2={SECRET}"),
        ("application/x-www-form-urlencoded", f"user=anna&newuserpassword={SECRET}"),
        ("application/x-www-form-urlencoded", json.dumps({"user": "anna", "password": SECRET})),
        ("text/plain;charset=UTF-8", json.dumps({"user": "anna", "passphrase": SECRET})),
        ("text/xml", f"<l:LogIn><l:user>anna</l:user><l:password type='x'>{SECRET}</l:password></l:LogIn>"),
        ("application/json", json.dumps({"query": f'mutation {{ logIn(user: "anna", password: "{SECRET}") {{ id }} }}'})),
        ("application/graphql", f'mutation {{ logIn(user: "anna", password: "{SECRET}") {{ id }} }}'),
    ],
)
def test_a_password_is_found_in_bodies_of_every_kind(replay: Replay, kind: str, text: str) -> None:
    source = replay(entry("POST", "/login", {}, posted={"mimeType": kind, "text": text}), entry("GET", "/a", {}))
    assert SECRET not in source
    assert "anna" not in source
    assert 'PASSWORD = os.environ["API_PASSWORD"]' in source
    assert "def log_in(self) -> None:" in source


def test_sessions_outside_of_cookies_are_secrets(replay: Replay) -> None:
    value = "0A1B2C3D4E5F60718293"
    source = replay(
        entry("GET", f"/a;jsessionid={value}", {}),
        entry("GET", f"/b?sid={value}", {}, headers={"X-Session-Id": value}),
        entry("POST", "/c", {}, json={"session_id": f"{value}0", "authtoken": f"{value}1", "assertion": "eyJ0.eyJ1.c2ln"}),
    )
    assert 'self.client.get("/a")' in source
    for secret in (value, "eyJ0"):
        assert secret not in source


def test_a_form_of_several_parts_that_is_recorded_as_text(replay: Replay) -> None:
    source = replay(entry("POST", "/me", {}, posted={"mimeType": "multipart/form-data; boundary=x", "text": PARTS}))
    assert '("user", (None, USERNAME))' in source
    assert '("photo", ("me.png", b"Written under load.\\n", "image/png"))' in source


def test_the_site_is_what_is_asked_for_and_not_who_counts_visits(replay: Replay) -> None:
    counted = [entry("POST", "https://stats.example.org/collect", {}) for _ in range(5)]
    assert f'host = "{HOST}"' in replay(entry("GET", "/", "", kind="text/html"), *counted, entry("GET", "/api/items", []))
    asked = [
        entry("POST", "https://api.example.org/graphql", {}, json={"operationName": name, "query": ""})
        for name in ("A", "B")
    ]
    assert 'host = "https://api.example.org"' in replay(entry("GET", "/", "", kind="text/html"), *asked)


def test_what_was_broken_off_is_left_out(replay: Replay) -> None:
    source = replay(entry("GET", "/a", {}), entry("GET", "/broken", "", status=-1), entry("GET", "/early", "", status=103))
    assert "/broken" not in source
    assert "/early" not in source


def test_an_answer_that_can_not_be_decoded_tells_nothing(replay: Replay) -> None:
    broken = entry("GET", "/a", "%%%a")
    broken["response"]["content"]["encoding"] = "base64"
    assert 'self.client.get("/a")' in replay(broken)


def test_what_a_browser_has_not_saved_is_told(tmp_path: Path) -> None:
    def notes(entries: list[dict[str, Any]], creator: str = "WebInspector") -> tuple[str, ...]:
        path = tmp_path / "way.har"
        path.write_text(json.dumps({"log": {"creator": {"name": creator}, "entries": entries}}))
        return scaffold.from_recording(path, file="locustfile.py").notes

    whole = entry("GET", "/a", {"id": 1}, headers={"Cookie": "a=1"})
    assert notes([whole]) == ("1 request",)
    bare = entry("GET", "/b", {"id": 1})
    bare["response"]["content"] = {"mimeType": "application/json", "size": 8}
    assert notes([whole, bare])[1].startswith("1 answer was saved without the text")
    without = notes([entry("GET", "/a", {"id": 1})])
    assert without[1].startswith("no request has a Cookie or an Authorization header")
    assert notes([entry("GET", "/a", {"id": 1})], "mitmproxy") == ("1 request",)


def test_a_number_that_is_an_id_by_chance(replay: Replay) -> None:
    source = replay(
        entry("GET", "/items", {"total": 7, "items": [{"id": 1}, {"id": 7}]}),
        entry("GET", "/items/7", {}),
        entry("POST", "/cart", {}, json={"itemId": 7, "quantity": 1}),
        entry("GET", "/items?page=1", []),
    )
    assert 'item_id = response.json()["items"][1]["id"]' in source
    assert 'json={"itemId": item_id, "quantity": 1}' in source
    assert 'params={"page": "1"}' in source


def test_a_quoted_cookie_that_goes_back_as_it_is_meant(replay: Replay) -> None:
    source = replay(
        entry("GET", "/csrf", "", received=[("Set-Cookie", "XSRF-TOKEN=eyJpdiI6Ik1abc123%3D; Path=/")]),
        entry("POST", "/items", {}, headers={"X-XSRF-TOKEN": "eyJpdiI6Ik1abc123="}),
    )
    assert "from urllib.parse import unquote\n" in source
    assert 'csrf_token = unquote(self.client.cookies["XSRF-TOKEN"])' in source


def test_headers_of_the_page_and_not_of_the_browser(replay: Replay) -> None:
    own = {"tenant": "acme", "Accept": "application/vnd.shop.v2+json", "RequestVerificationToken": "CfDJ8abcdefgh12345"}
    theirs = {":path": "/a", "Sec-Fetch-Mode": "cors", "User-Agent": "Firefox", "Referer": "/", "traceparent": "00-1-1-1"}
    source = replay(
        entry("POST", "/a", {}, headers={**own, **theirs, "Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"})
    )
    assert '"Tenant": "acme"' in source
    assert '"Accept": "application/vnd.shop.v2+json"' in source
    assert '"Requestverificationtoken": REQUESTVERIFICATIONTOKEN' in source
    assert '"Idempotency-Key": str(uuid.uuid4())' in source
    for name in ("Sec-", "User-Agent", "Referer", ":path", "Trace"):
        assert name not in source
    assert "headers" not in replay(entry("GET", "/a", {}, headers={**theirs, "Accept": "text/html,*/*"}))


@pytest.mark.parametrize(
    ("own", "other"),
    [("api.acme.co.uk", "tracker.other.co.uk"), ("acme.vercel.app", "other.vercel.app"), ("a.acme.com", "a.other.com")],
)
def test_others_are_left_alone_whatever_their_names_end_with(replay: Replay, own: str, other: str) -> None:
    source = replay(
        entry("GET", f"https://{own}/a", {}), entry("GET", f"https://{own}/b", {}), entry("GET", f"https://{other}/c", {})
    )
    assert f'host = "https://{own}"' in source
    assert other not in source


def test_an_id_is_called_by_what_it_is_in(replay: Replay) -> None:
    source = replay(
        entry("POST", "/cart", {"user": {"id": "u_0123456789abcdef"}, "lines": [{"id": 4711}]}, json={}),
        entry("GET", "/x/u_0123456789abcdef/4711", {}),
    )
    assert 'user_id = response.json()["user"]["id"]' in source
    assert 'line_id = response.json()["lines"][0]["id"]' in source


def test_basic_credentials(replay: Replay) -> None:
    pair = base64.b64encode(b"anna:wonderland").decode()
    source = replay(entry("GET", "/a", {}, headers={"Authorization": f"Basic {pair}"}))
    assert "self.client.auth = (USERNAME, PASSWORD)" in source
    assert pair not in source


def test_bodies_of_every_kind(replay: Replay) -> None:
    parts = [{"name": "title", "value": "Me"}, {"name": "photo", "fileName": "me.png", "contentType": "image/png"}]
    source = replay(
        entry("POST", "/upload", {}, posted={"mimeType": "multipart/form-data; boundary=x", "params": parts}),
        entry("POST", "/xml", {}, posted={"mimeType": "application/xml", "text": "<a/>"}),
        entry("POST", "/graphql", {}, json={"operationName": "GetItems", "query": "query GetItems { items }"}),
        entry("GET", "/items/7?tag=a&tag=b", {}),
    )
    assert '("title", (None, "Me"))' in source
    assert '("photo", ("me.png", b"Written under load.\\n", "image/png"))' in source
    assert 'self.client.post("/xml", data="<a/>", headers={"Content-Type": "application/xml"})' in " ".join(
        source.split()
    ).replace("( ", "(").replace(", )", ")")
    assert 'name="/graphql GetItems"' in source
    assert 'self.client.get("/items/7", params={"tag": ["a", "b"]}, name="/items/{id}")' in source


def test_another_host(replay: Replay) -> None:
    source = replay(entry("GET", "/a", {}), host="http://127.0.0.1:8000/")
    assert 'host = "http://127.0.0.1:8000"' in source
    assert 'self.client.get("/a")' in source


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is broken: a HAR is JSON"),
        ('{"log": {"entries": [', "is broken: a HAR is JSON"),
        ("[1]", "is not a HAR: it has no log.entries"),
        ('{"log": []}', "is not a HAR: it has no log.entries"),
        ('{"log": {"entries": []}}', "is empty: nothing was recorded"),
        ('{"log": {"entries": [{"request": {}}]}}', "Entry 1 of .* is not what a HAR has"),
        ('{"log": {"entries": [7]}}', "Entry 1 of .* is not what a HAR has"),
        (
            json.dumps({"log": {"entries": [entry("GET", "/a.css", "")]}}),
            "has no request that could be sent again: 1 static assets",
        ),
    ],
)
def test_what_is_no_recording(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "way.har"
    path.write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        scaffold.from_recording(path, file="locustfile.py")
    assert caught.value.hint
