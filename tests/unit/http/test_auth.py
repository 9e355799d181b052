from typing import Any

import pytest

from loadcell.http.auth import PreparedRequest, apply, basic
from loadcell.http.failures import NeedsRequests


class Bearer:
    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = "Bearer t"
        return request


@pytest.mark.parametrize(
    ("username", "password", "value"),
    [
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("é", "p", "Basic 6Tpw"),
        ("€", "p", "Basic 4oKsOnA="),
        (b"u", b"p", "Basic dTpw"),
        (1, 2, "Basic MToy"),
    ],
)
def test_basic_authentication(username: Any, password: Any, value: str) -> None:
    assert basic(username, password) == value


def test_a_tuple_means_basic_authentication() -> None:
    request = apply(("u", "p"), PreparedRequest("GET", "http://h/", {"Authorization": "old"}))
    assert request.headers == {"Authorization": "Basic dTpw"}


def test_a_callable_may_change_the_request() -> None:
    assert apply(Bearer(), PreparedRequest("GET", "http://h/")).headers["authorization"] == "Bearer t"


def test_a_callable_may_sign_method_path_and_body() -> None:
    def sign(request: PreparedRequest) -> PreparedRequest:
        request.headers["Signature"] = f"{request.method} {request.path_url} {len(request.body)}"
        return request

    request = apply(sign, PreparedRequest("POST", "http://h/a?b=c#d", body=b"xyz"))
    assert request.headers["signature"] == "POST /a?b=c 3"


def test_refuses_a_callable_that_wants_to_see_the_response_and_says_what_to_use() -> None:
    def negotiate(request: PreparedRequest) -> PreparedRequest:
        request.register_hook("response", print)
        return request

    with pytest.raises(NeedsRequests, match="RequestsUser"):
        apply(negotiate, PreparedRequest("GET", "http://h/"))


def test_no_authentication_changes_nothing() -> None:
    request = PreparedRequest("GET", "http://h/")
    assert apply(None, request) is request
    assert request.headers == {}


@pytest.mark.parametrize("auth", ["user:password", ("a", "b", "c"), lambda request: None])
def test_refuses_what_can_not_authenticate(auth: Any) -> None:
    with pytest.raises(TypeError, match="auth"):
        apply(auth, PreparedRequest("GET", "http://h/"))


def test_there_is_only_one_event() -> None:
    with pytest.raises(ValueError, match="no event"):
        PreparedRequest("GET", "http://h/").register_hook("request", print)


def test_a_copy_is_independent() -> None:
    request = PreparedRequest("GET", "http://h/", {"A": "1"})
    other = request.copy()
    other.headers["A"] = "2"
    other.register_hook("response", print)
    assert request.headers == {"A": "1"}
    assert request.hooks == {"response": []}
    assert repr(other) == "<PreparedRequest [GET]>"
