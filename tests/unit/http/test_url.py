from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadcell.http.url import InvalidSchema, InvalidURL, MissingSchema, resolve, split, with_params


@pytest.mark.parametrize(
    ("text", "absolute"),
    [
        ("http://h", "http://h/"),
        ("http://h?x=1", "http://h/?x=1"),
        ("HTTP://H.com/A", "http://h.com/A"),
        ("  http://h/", "http://h/"),
        ("http://h/a b", "http://h/a%20b"),
        ("http://h/é?q=ü x", "http://h/%C3%A9?q=%C3%BC%20x"),
        ("http://h/%20%zz", "http://h/%2520%25zz"),
        ("http://h/100%", "http://h/100%25"),
        ("http://h/a%2fb%7Euser", "http://h/a%2Fb~user"),
        ("http://h/a/../b/./c", "http://h/b/c"),
        ("http://h/../", "http://h/"),
        ("http://h/a/..", "http://h/"),
        ("http://h//a", "http://h//a"),
        ('http://h/[x]|^`"<>', "http://h/%5Bx%5D%7C%5E%60%22%3C%3E"),
        ("http://h/?q='[1]'", "http://h/?q='%5B1%5D'"),
        ("http://h/a\nb", "http://h/a%0Ab"),
        ("http://h/a?b?c", "http://h/a?b?c"),
        ("http://h/?#", "http://h/"),
        ("http://h/p?a=1#f", "http://h/p?a=1#f"),
        ("http://h:80/", "http://h:80/"),
        ("http://h:/x", "http://h/x"),
        ("http://u:p%40@h/", "http://u:p%40@h/"),
        ("http://a@b@c/", "http://a%40b@c/"),
        ("http://h\\@x/", "http://h/%5C@x/"),
        ("http://bücher.de/", "http://xn--bcher-kva.de/"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://[fe80::1%eth0]/", "http://[fe80::1%25eth0]/"),
        ("http+unix://%2Ftmp%2Fa.sock/p q", "http+unix://%2Ftmp%2Fa.sock/p%20q"),
    ],
)
def test_writes_a_url_as_requests_does(text: str, absolute: str) -> None:
    assert split(text).absolute == absolute


@pytest.mark.parametrize(
    ("text", "host", "port", "authority", "target"),
    [
        ("http://h/x?y#z", "h", 80, "h", "/x?y"),
        ("https://H:443", "h", 443, "h", "/"),
        ("https://h:8443/", "h", 8443, "h:8443", "/"),
        ("http://h:443/", "h", 443, "h:443", "/"),
        ("http://[::1]/", "::1", 80, "[::1]", "/"),
        ("http://[FE80::1%25eth0]:81/", "fe80::1%eth0", 81, "[fe80::1]:81", "/"),
        ("http://127.0.0.1:5000/", "127.0.0.1", 5000, "127.0.0.1:5000", "/"),
        ("http+unix://%2Ftmp%2FA.sock/v1?x", "/tmp/A.sock", 0, "localhost", "/v1?x"),
    ],
)
def test_says_where_to_connect_and_what_to_send(text: str, host: str, port: int, authority: str, target: str) -> None:
    url = split(text)
    assert (url.host, url.port, url.authority, url.target) == (host, port, authority, target)
    assert url.origin == (url.scheme, host, port)


@pytest.mark.parametrize(
    ("text", "userinfo"),
    [
        ("http://u:p%40:q@h/", ("u", "p@:q")),
        ("http://:p@h/", ("", "p")),
        ("http://u:@h/", ("u", "")),
        ("http://u@h/", None),
        ("http://h/", None),
    ],
)
def test_reads_credentials(text: str, userinfo: tuple[str, str] | None) -> None:
    assert split(text).userinfo == userinfo


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", MissingSchema),
        ("/path", MissingSchema),
        ("h/x", MissingSchema),
        ("ftp://h/x", InvalidSchema),
        ("localhost:8080/x", InvalidSchema),
        ("http://", InvalidURL),
        ("http:///x", InvalidURL),
        ("http://:80/", InvalidURL),
        ("http://h:99999/", InvalidURL),
        ("http://h:abc/", InvalidURL),
        ("http://a b/", InvalidURL),
        ("http://h\x00/", InvalidURL),
        ("http://{host}/", InvalidURL),
        ("http://*.h/", InvalidURL),
        ("http://.h/", InvalidURL),
        ("http://a..b/", InvalidURL),
        (f"http://{'a' * 64}.de/", InvalidURL),
        ("http://[::1/", InvalidURL),
        ("http://[zz]/", InvalidURL),
        ("http+unix:///x", InvalidURL),
    ],
)
def test_refuses_what_can_not_be_requested_in_one_sentence(text: str, error: type[InvalidURL]) -> None:
    with pytest.raises(error) as raised:
        split(text)
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)


@given(st.text(), st.text())
def test_what_is_sent_is_printable_ascii_and_stays_as_it_is(path: str, query: str) -> None:
    url = split(f"http://h/{path}?{query}")
    assert url.target.isascii()
    assert not set(url.target) & set(" \r\n\t\x00#")
    assert split(url.absolute).absolute == url.absolute


@given(st.text())
def test_any_text_is_a_url_or_an_invalid_one(text: str) -> None:
    try:
        split(text)
    except InvalidURL:
        pass
    try:
        split(f"http://{text}")
    except InvalidURL:
        pass


@pytest.mark.parametrize(
    ("location", "absolute"),
    [
        ("/c", "https://u:p@h:8443/c#f"),
        ("c", "https://u:p@h:8443/a/c#f"),
        ("../c", "https://u:p@h:8443/c#f"),
        ("../../../c", "https://u:p@h:8443/c#f"),
        ("?q=2", "https://u:p@h:8443/a/b?q=2#f"),
        ("#new", "https://u:p@h:8443/a/b?x=1#new"),
        ("//other/x", "https://other/x#f"),
        ("http://o/z#g", "http://o/z#g"),
        ("HTTP://O", "http://o/#f"),
        ("c d", "https://u:p@h:8443/a/c%20d#f"),
        ("/\u00c3\u00a9", "https://u:p@h:8443/%C3%A9#f"),
        ("/€", "https://u:p@h:8443/%E2%82%AC#f"),
        ("", "https://u:p@h:8443/a/b?x=1#f"),
    ],
)
def test_follows_a_location(location: str, absolute: str) -> None:
    assert resolve(split("https://u:p@h:8443/a/b?x=1#f"), location).absolute == absolute


def test_a_relative_location_stays_on_the_same_socket() -> None:
    url = resolve(split("http+unix://%2Ftmp%2Fa.sock/a/b"), "../c")
    assert (url.host, url.target) == ("/tmp/a.sock", "/c")


def test_a_path_with_two_slashes_is_not_taken_for_a_host() -> None:
    assert resolve(split("http://h//evil/x"), "y").host == "h"


def test_refuses_to_follow_elsewhere() -> None:
    with pytest.raises(InvalidSchema):
        resolve(split("http://h/"), "mailto:someone")


@pytest.mark.parametrize(
    ("target", "params", "expected"),
    [
        ("/", {"a": 1}, "/?a=1"),
        ("/?x=1", {"a": [1, 2], "b": None}, "/?x=1&a=1&a=2"),
        ("/", [("a", "1"), ("a", "é ")], "/?a=1&a=%C3%A9+"),
        ("/", (("a", "b"),), "/?a=b"),
        ("/", "q=ä b", "/?q=%C3%A4%20b"),
        ("/", b"q=1", "/?q=1"),
        ("/", "a=b#c", "/?a=b"),
        ("/?x", {}, "/?x"),
        ("/?x", None, "/?x"),
        ("/", "", "/"),
        ("/", {"a": True, "b": b"\xff", "c": 1.5}, "/?a=True&b=%FF&c=1.5"),
        ("/", {"a": "x&y=z/~*"}, "/?a=x%26y%3Dz%2F~%2A"),
        ("/", {"a": ("x", None)}, "/?a=x"),
        ("/", {"a": []}, "/"),
        ("/", {1: 2}, "/?1=2"),
        ("/", {"a": (n for n in (1, 2))}, "/?a=1&a=2"),
        ("/", ["ab", "cd"], "/?a=b&c=d"),
    ],
)
def test_adds_params_as_requests_does(target: str, params: Any, expected: str) -> None:
    assert with_params(target, params) == expected


def test_params_come_before_the_fragment() -> None:
    assert split("http://h/p?x=1#f").with_params({"a": 1}).absolute == "http://h/p?x=1&a=1#f"


@pytest.mark.parametrize(("params", "error"), [(["a", "b"], ValueError), ([1, 2], ValueError), (5, TypeError)])
def test_refuses_params_that_are_no_pairs(params: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="pair"):
        with_params("/", params)
