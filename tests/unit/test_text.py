"""What may be stored and shown."""

from __future__ import annotations

import pytest

from loadcell.text import masked, masked_command, one_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://127.0.0.1:8000/a@b", "http://127.0.0.1:8000/a@b"),
        ("at https://anna:pa@ss:word@shop/items?x=1 and so on", "at https://anna:***@shop/items?x=1 and so on"),
        ("http://key:@shop", "http://***@shop"),
        ("http://key@shop", "http://***@shop"),
        ("mail anna@shop", "mail anna@shop"),
        ("http://a:1@b http://c:2@d", "http://a:***@b http://c:***@d"),
    ],
)
def test_passwords_in_urls_are_hidden(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["-u", "2", "--password", "hunter2", "-t", "1s"], "-u 2 --password '***' -t 1s"),
        (["--api_key=hunter2", "x"], "'--api_key=***' x"),
        (["--apikey", "a", "b", "--tenant", "c"], "--apikey '***' '***' --tenant c"),
        (["-Hhttp://anna:hunter2@shop"], "'-Hhttp://anna:***@shop'"),
        (["--host=http://anna:hunter2@shop"], "'--host=http://anna:***@shop'"),
        (["-Hhttp://anna:hunter2@shop/?a=1"], "'-Hhttp://anna:***@shop/?a=1'"),
        (["--auth-TOKEN", "hunter2"], "--auth-TOKEN '***'"),
        (["--prepare", "env PGPASSWORD=hunter2 psql -f x"], "--prepare 'env PGPASSWORD=*** psql -f x'"),
        (["sh", "-c", "export PGPASSWORD=hunter2; psql"], "sh -c 'export PGPASSWORD=*** psql'"),
        (["--against", 'psql "host=db password=hunter2"'], "--against 'psql \"host=db password=***\"'"),
        (["--prepare=serve --token hunter2 --port 1"], "'--prepare=serve --token *** --port 1'"),
        (["--prepare", r"serve --token=hun\ ter2"], """--prepare 'serve '"'"'--token=***'"'"''"""),
        (["env", "PASSWORD=hunter 2 x"], "env 'PASSWORD=***'"),
        (["sh", "-c", "it's PASSWORD=hunter2"], """sh -c 'it'"'"'s PASSWORD=***'"""),
        (["--objective", "p95 < 200ms"], "--objective 'p95 < 200ms'"),
    ],
)
def test_a_command_line_is_stored_without_its_secrets(words: list[str], shown: str) -> None:
    assert masked_command(words) == shown


def test_nothing_that_is_shown_steers_the_terminal() -> None:
    evil = "a\x1b[2J\x07\x7f\x9b1m\tb\r\nc"
    assert one_line(evil) == "a�[2J���1m b c"
    assert printable(evil) == "a�[2J���1m\tb�\nc"


def test_values_of_secret_variables_and_headers_are_hidden() -> None:
    words = ["env", "DB_PASSWORD=hunter2", "serve", "--header", "X-Api-Key:abc", "MODE=fast", "token", "http://h/?token=1"]
    assert (
        masked_command(words) == "env 'DB_PASSWORD=***' serve --header 'X-Api-Key:***' MODE=fast token 'http://h/?token=1'"
    )
