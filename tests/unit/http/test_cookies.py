from http.cookiejar import Cookie as StandardCookie
from http.cookiejar import CookieJar as StandardJar
from http.cookies import SimpleCookie

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadcell.clock import ManualClock
from loadcell.http.cookies import MAX_COOKIES, MAX_PER_DOMAIN, Cookie, CookieConflictError, CookieJar, parse_date

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(wall=NOW)


@pytest.fixture
def jar(clock: ManualClock) -> CookieJar:
    return CookieJar(clock.wall)


@pytest.mark.parametrize(
    ("set_cookie", "host", "path", "secure", "sent"),
    [
        ("a=1", "h.com", "/", False, True),
        ("a=1", "H.com", "/", False, True),
        ("a=1", "other.com", "/", False, False),
        ("a=1", "sub.h.com", "/", False, False),
        ("a=1; Domain=h.com", "sub.h.com", "/", False, True),
        ("a=1; Domain=.H.COM", "sub.h.com", "/", False, True),
        ("a=1; Domain=h.com", "xh.com", "/", False, False),
        ("a=1; Domain=", "h.com", "/", False, True),
        ("a=1; Domain=other.com", "other.com", "/", False, False),
        ("a=1; Domain=sub.h.com", "sub.h.com", "/", False, False),
        ("a=1; Domain=com", "h.com", "/", False, False),
        ("a=1; Path=/x", "h.com", "/x", False, True),
        ("a=1; Path=/x", "h.com", "/x/y", False, True),
        ("a=1; Path=/x/", "h.com", "/x/y", False, True),
        ("a=1; Path=/x", "h.com", "/x?q=/", False, True),
        ("a=1; Path=/x", "h.com", "/xy", False, False),
        ("a=1; Path=/x", "h.com", "/", False, False),
        ("a=1; Path=x", "h.com", "/", False, True),
        ("a=1; Secure", "h.com", "/", False, False),
        ("a=1; secure; HttpOnly", "h.com", "/", True, True),
        ("a=1; Max-Age=10", "h.com", "/", False, True),
        ("a=1; Max-Age=99999999999999999999999", "h.com", "/", False, True),
        ("a=1; Max-Age=0", "h.com", "/", False, False),
        ("a=1; Max-Age=-1", "h.com", "/", False, False),
        ("a=1; Max-Age=soon", "h.com", "/", False, True),
        ("a=1; Expires=Tue, 14 Nov 2023 22:13:21 GMT", "h.com", "/", False, True),
        ("a=1; Expires=Tue, 14-Nov-23 22:13:20 GMT", "h.com", "/", False, False),
        ("a=1; Expires=nonsense", "h.com", "/", False, True),
        ("a=1; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "h.com", "/", False, True),
        ("a=1; Max-Age=0; Expires=Tue, 14 Nov 2033 22:13:20 GMT", "h.com", "/", False, False),
        (" a = 1 ;; Unknown=x", "h.com", "/", False, True),
        ("novalue", "h.com", "/", False, False),
        ("=1", "h.com", "/", False, False),
        ("a=\x01", "h.com", "/", False, False),
        ("", "h.com", "/", False, False),
    ],
)
def test_keeps_and_sends_what_rfc_6265_says(
    jar: CookieJar, set_cookie: str, host: str, path: str, secure: bool, sent: bool
) -> None:
    jar.absorb([set_cookie], "h.com", "/login?next=/a/b", False)
    assert jar.header_for(host, path, secure) == ("a=1" if sent else "")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "intranet"])
def test_hosts_without_a_dot_and_addresses_may_set_cookies_for_themselves(jar: CookieJar, host: str) -> None:
    jar.absorb(["a=1", f"b=2; Domain={host}"], host, "/")
    assert jar.header_for(host, "/") == "a=1; b=2"
    assert jar.header_for(f"1.{host}", "/") == ""


def test_an_address_has_no_subdomains(jar: CookieJar) -> None:
    jar.absorb(["a=1; Domain=0.0.1"], "127.0.0.1", "/")
    assert not jar


@pytest.mark.parametrize(
    ("request_path", "cookie_path"), [("/", "/"), ("/a", "/"), ("/a/", "/a"), ("/a/b", "/a"), ("/a/b/c?x=/y/z", "/a/b")]
)
def test_a_cookie_without_a_path_belongs_to_the_folder_of_the_request(
    jar: CookieJar, request_path: str, cookie_path: str
) -> None:
    jar.absorb(["a=1"], "h.com", request_path)
    assert [cookie.path for cookie in jar] == [cookie_path]


def test_longer_paths_come_first_then_older_cookies(jar: CookieJar) -> None:
    jar.absorb(["a=1; Path=/", "b=2; Path=/x", "c=3; Path=/"], "h.com", "/")
    jar.absorb(["a=4; Path=/"], "h.com", "/")
    assert jar.header_for("h.com", "/x") == "b=2; a=4; c=3"


def test_a_cookie_in_the_past_deletes_the_one_of_its_name_domain_and_path(jar: CookieJar) -> None:
    jar.absorb(["a=1; Path=/", "b=2; Path=/"], "h.com", "/")
    jar.absorb(["a=; Path=/x; Max-Age=0"], "h.com", "/")
    assert jar.header_for("h.com", "/") == "a=1; b=2"
    jar.absorb(["a=; Path=/; Max-Age=0"], "h.com", "/")
    assert jar.header_for("h.com", "/") == "b=2"
    assert len(jar) == 1


def test_values_are_sent_back_as_they_came(jar: CookieJar) -> None:
    jar.absorb(['q="a b=c,d"', "empty="], "h.com", "/")
    assert jar.header_for("h.com", "/") == 'q="a b=c,d"; empty='


def test_a_cookie_expires_when_its_time_has_come(jar: CookieJar, clock: ManualClock) -> None:
    jar.absorb(["short=1; Max-Age=10", "long=2; Max-Age=20", "session=3"], "h.com", "/")
    assert jar.header_for("h.com", "/") == "short=1; long=2; session=3"
    clock.advance(9.5)
    assert jar.header_for("h.com", "/") == "short=1; long=2; session=3"
    clock.advance(0.5)
    assert jar.header_for("h.com", "/") == "long=2; session=3"
    assert jar.keys() == ["long", "session"]
    clock.advance(1e9)
    assert jar.header_for("h.com", "/") == "session=3"


def test_the_time_may_be_handed_in(jar: CookieJar) -> None:
    jar.absorb(["a=1; Max-Age=10"], "h.com", "/", False, 100.0)
    assert jar.header_for("h.com", "/", False, 109.0) == "a=1"
    assert jar.header_for("h.com", "/", False, 110.0) == ""


def test_every_change_is_seen_by_the_next_request(jar: CookieJar) -> None:
    assert jar.header_for("h.com", "/") == ""
    jar.absorb(["a=1"], "h.com", "/")
    assert jar.header_for("h.com", "/") == "a=1"
    jar.set("b", "2")
    assert jar.header_for("h.com", "/") == "a=1; b=2"
    del jar["a"]
    assert jar.header_for("h.com", "/") == "b=2"
    jar.clear()
    assert jar.header_for("h.com", "/") == ""


def test_paths_matter_only_to_cookies_that_have_one(jar: CookieJar) -> None:
    jar.absorb(["a=1"], "h.com", "/")
    assert jar.header_for("h.com", "/x") == jar.header_for("h.com", "/y") == "a=1"
    jar.absorb(["b=2; Path=/x"], "h.com", "/")
    assert jar.header_for("h.com", "/x") == "b=2; a=1"
    assert jar.header_for("h.com", "/y") == "a=1"


def test_many_paths_give_right_answers(jar: CookieJar) -> None:
    jar.absorb(["a=1; Path=/even"], "h.com", "/")
    for number in range(3000):
        assert jar.header_for("h.com", f"/{'odd' if number % 2 else 'even'}/{number}") == ("" if number % 2 else "a=1")


def test_one_domain_keeps_its_latest_cookies(jar: CookieJar) -> None:
    jar.set("of another", "1", domain="other.com")
    jar.absorb([f"c{n}=1" for n in range(MAX_PER_DOMAIN + 20)], "h.com", "/")
    assert jar.keys() == ["of another", *(f"c{n}" for n in range(20, MAX_PER_DOMAIN + 20))]


def test_all_domains_together_keep_the_latest_cookies(jar: CookieJar) -> None:
    for number in range(MAX_COOKIES + 5):
        jar.absorb([f"c{number}=1"], f"h{number}.com", "/")
    assert len(jar) == MAX_COOKIES
    assert jar.keys()[0] == "c5"


def test_cookies_that_have_expired_make_room_first(jar: CookieJar, clock: ManualClock) -> None:
    jar.absorb(["first=1", *(f"c{n}=1; Max-Age=10" for n in range(MAX_PER_DOMAIN - 1))], "h.com", "/")
    clock.advance(10)
    jar.absorb(["last=1"], "h.com", "/")
    assert jar.keys() == ["first", "last"]
    assert len(jar) == 2


def test_a_cookie_of_more_than_8_kib_is_ignored(jar: CookieJar) -> None:
    jar.absorb(["a=" + "x" * 8191, "b=" + "x" * 8192], "h.com", "/")
    assert jar.keys() == ["a"]


def test_what_a_user_sets_without_a_domain_goes_everywhere(jar: CookieJar) -> None:
    jar["token"] = "abc"
    jar.set("number", 5, path="/api")
    assert jar.header_for("any.host", "/") == "token=abc"
    assert jar.header_for("127.0.0.1", "/api/x", True) == "number=5; token=abc"


def test_what_a_user_sets_for_a_domain_goes_to_it_and_its_subdomains(jar: CookieJar) -> None:
    jar.set("a", "1", domain=".h.com", secure=True, expires=NOW + 1)
    assert jar.header_for("h.com", "/", True) == jar.header_for("x.h.com", "/", True) == "a=1"
    assert jar.header_for("other.com", "/", True) == jar.header_for("h.com", "/") == ""


def test_reads_like_a_dictionary(jar: CookieJar) -> None:
    assert not jar
    jar.update({"a": "1"}, b="2")
    assert jar
    assert len(jar) == 2
    assert jar["a"] == jar.get("a") == "1"
    assert "a" in jar
    assert "z" not in jar
    assert jar.get("z") is None
    assert jar.get("z", "default") == "default"
    assert jar.items() == [("a", "1"), ("b", "2")]
    assert jar.values() == ["1", "2"]
    assert dict(jar) == jar.get_dict() == {"a": "1", "b": "2"}
    assert [cookie.name for cookie in jar] == ["a", "b"]
    assert jar.pop("a") == "1"
    assert jar.pop("a", "gone") == "gone"
    jar["b"] = None
    jar.set("c", "3")
    assert jar.keys() == ["c"]
    del jar["not there"]
    with pytest.raises(KeyError):
        jar["not there"]
    assert "name='c'" in repr(jar)


def test_two_cookies_of_one_name_must_be_told_apart(jar: CookieJar) -> None:
    jar.set("a", "1", domain="x.com")
    jar.set("a", "2", domain="y.com", path="/p")
    with pytest.raises(CookieConflictError, match="'a'"):
        jar["a"]
    assert "a" in jar
    assert jar.get("a", domain="x.com") == "1"
    assert jar.get("a", path="/p") == "2"
    assert jar.get_dict(domain=".y.com") == {"a": "2"}
    assert jar.list_domains() == ["x.com", "y.com"]
    jar.set("a", None, domain="x.com")
    assert jar["a"] == "2"


def test_clears_everything_or_a_part(jar: CookieJar) -> None:
    jar.set("a", "1", domain="x.com")
    jar.set("b", "2", domain="x.com")
    jar.set("c", "3")
    jar.clear("x.com", "/", "a")
    assert jar.keys() == ["b", "c"]
    with pytest.raises(KeyError):
        jar.clear("x.com", "/", "a")
    jar.clear(domain="x.com")
    assert jar.keys() == ["c"]
    jar.clear()
    assert not jar
    jar.clear()


def test_refuses_values_that_would_break_the_header(jar: CookieJar) -> None:
    with pytest.raises(ValueError, match="control character"):
        jar.set("a", "1\r\nInjected: x")


def test_takes_cookies_from_other_jars(jar: CookieJar, clock: ManualClock) -> None:
    other = CookieJar(clock.wall)
    other.absorb(["own=1; Path=/x"], "h.com", "/")
    standard = StandardJar()
    standard.set_cookie(
        StandardCookie(0, "std", "2", None, False, ".h.com", True, True, "/", True, False, None, True, None, None, {})
    )
    jar.update(other)
    jar.update(standard)
    jar.update(SimpleCookie("morsel=3"))
    jar.update([("pair", "4")])
    jar.set_cookie(Cookie("c", "5"))
    assert jar.header_for("h.com", "/x") == "own=1; std=2; morsel=3; pair=4; c=5"
    assert jar.header_for("sub.h.com", "/x") == "std=2; morsel=3; pair=4; c=5"


def test_a_copy_is_independent(jar: CookieJar) -> None:
    jar.absorb(["a=1; Path=/x"], "h.com", "/")
    other = jar.copy()
    other.set("b", "2")
    assert jar.header_for("h.com", "/x") == "a=1"
    assert other.header_for("h.com", "/x/y") == "a=1; b=2"
    assert other.header_for("h.com", "/y") == "b=2"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Tue, 14 Nov 2023 22:13:20 GMT", NOW),
        ("Tue, 14-Nov-2023 22:13:20 GMT", NOW),
        ("Tuesday, 14-Nov-23 22:13:20 GMT", NOW),
        ("Tue Nov 14 22:13:20 2023", NOW),
        ("14 november 2023 22:13:20", NOW),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Thu, 01-Jan-70 0:0:1 GMT", 1.0),
        ("14 Nov 1600 22:13:20", None),
        ("32 Nov 2023 22:13:20", None),
        ("14 Nov 2023 24:13:20", None),
        ("14 Nov 2023", None),
        ("", None),
    ],
)
def test_reads_dates_however_they_are_written(text: str, seconds: float | None) -> None:
    assert parse_date(text) == seconds


@given(st.lists(st.text()), st.text(), st.text())
def test_survives_any_header(headers: list[str], host: str, path: str) -> None:
    jar = CookieJar(lambda: NOW)
    jar.absorb(headers, host, path)
    assert not set(jar.header_for(host, path, True)) & set("\r\n\x00")


_tokens = st.from_regex(r"[A-Za-z0-9_-]{1,10}", fullmatch=True)


@given(st.dictionaries(_tokens, _tokens))
def test_a_session_gets_back_what_it_set(cookies: dict[str, str]) -> None:
    jar = CookieJar(lambda: NOW)
    jar.absorb([f"{name}={value}; Path=/" for name, value in cookies.items()], "h.com", "/login")
    assert jar.header_for("h.com", "/") == "; ".join(f"{name}={value}" for name, value in cookies.items())
    assert dict(jar) == cookies
