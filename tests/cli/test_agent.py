"""`loadcell agent`: what it refuses, in one sentence each and before anything listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trustme

from loadcell.cli.main import main
from tests.integration.agents import TOKEN, Secrets

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

TLS = "--tls-cert FILE and --tls-key FILE."
SCENARIO = "from loadcell import HttpUser, task\n\nclass A(HttpUser):\n    @task\n    def a(self): ...\n"
OPEN = "can be reached from other machines: it needs"


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Secrets:
    return Secrets.made(tmp_path_factory.mktemp("secrets"), "127.0.0.1")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "There is nothing to watch: name the service by --port N or --pid N."),
        (("--port", "x"), "--port 'x' is not a whole number"),
        (("--port", "8000", "--prometheus", "ftp://x"), "--prometheus ['ftp://x'] has the scheme 'ftp'"),
        (("--port", "8000", "--listen", "here"), "--listen 'here' is no address: write PORT or HOST:PORT."),
        (("--port", "8000", "--listen", "1:2:3:99999"), "is no address"),
        (
            ("--port", "8000", "--listen", "0.0.0.0:0"),
            f"An agent on 0.0.0.0 {OPEN} --token-file FILE and {TLS}",
        ),
        (("--port", "8000", "--listen", "[::]:0"), f"An agent on :: {OPEN}"),
        (("--port", "8000", "--listen", "web1.example.com:0"), f"An agent on web1.example.com {OPEN}"),
        (
            ("--port", "8000", "--listen", "0.0.0.0:0", "--token-file", "TOKEN"),
            f"{OPEN} {TLS}",
        ),
        (("--port", "8000", "--listen", "0.0.0.0:0", "--tls-cert", "CERT"), f"{OPEN} --token-file FILE."),
        (("--port", "8000", "--token-file", "absent"), "The token file absent can't be read: No such file or directory."),
        (("--port", "8000", "--tls-cert", "absent"), "absent can't be read: No such file or directory."),
        (("--port", "8000", "--tls-cert", "CA"), "are no certificate and its key"),
        (("--port", "8000", "--tls-key", "CERT"), "--tls-key needs --tls-cert FILE."),
        (
            ("--port", "8000", "--listen", "198.51.100.7:0", "--token-file", "TOKEN", "--tls-cert", "CERT"),
            "Nobody can listen",
        ),
        (("--prot", "8000"), "unrecognized arguments: --prot"),
    ],
)
def test_refused(
    secrets: Secrets,
    words: tuple[str, ...],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LOADCELL_POSTGRES", raising=False)
    files = {"TOKEN": secrets.token, "CERT": secrets.certificate, "CA": secrets.authority}
    assert main(["agent", *(str(files.get(word, word)) for word in words)]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.startswith("error: ")
    assert len(said.splitlines()) <= 2
    assert TOKEN not in said


def test_a_token_that_others_can_read_is_refused(shell: Shell) -> None:
    shell.write("token", TOKEN).chmod(0o644)
    done = shell.run("agent", "--port", "8000", "--token-file", "token")
    assert done.code == 2
    assert done.err == "error: The token file token can be read by others.\n  Close it: chmod 600 token\n"


def test_a_key_with_a_passphrase_is_refused_and_not_asked_for(shell: Shell, secrets: Secrets) -> None:
    from cryptography.hazmat.primitives import serialization

    issued = trustme.CA().issue_cert("127.0.0.1")
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.BestAvailableEncryption(b"secret"),
    )
    shell.write("cert.pem", issued.cert_chain_pems[0].bytes().decode())
    shell.write("key.pem", locked.decode())
    done = shell.run("agent", "--port", "8000", "--tls-cert", "cert.pem", "--tls-key", "key.pem")
    assert done.code == 2
    assert "The key key.pem is encrypted." in done.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--agent", "http://web1:8900"), "would be read in the clear"),
        (("--agent", "https://anna:secret@web1"), "is not the address of an agent"),
        (("--agent", "web1:8900/path"), "is not the address of an agent"),
        (("--agent", "web1:port"), "is not a URL"),
        (("--agent-token-file", "token"), "--agent-token-file needs --agent HOST:PORT"),
        (("--agent-ca", "ca.pem"), "--agent-ca needs --agent HOST:PORT"),
        (("--agent", "web1", "--agent-token-file", "absent"), "The token file absent can't be read"),
        (("--agent", "web1", "--agent-ca", "absent"), "The certificate absent can't be read"),
        (("--agent", "web1", "--agent-ca", "locustfile.py"), "There is no certificate in locustfile.py"),
    ],
)
def test_a_run_that_names_an_agent_wrongly(words: tuple[str, ...], sentence: str, shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    done = shell.run("run", "--headless", "-H", "http://127.0.0.1:1", "-t", "1s", *words)
    assert done.code == 2
    assert sentence in done.err
    assert done.err.count("error: ") == 1


def test_the_help_says_how_it_is_closed(shell: Shell) -> None:
    done = shell.run("agent", "--help")
    assert done.code == 0
    assert "any other host needs a token and TLS" in done.out
    assert "loadcell agent" in done.out


def test_two_agents_at_one_port(shell: Shell) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = shell.run("agent", "--port", "8000", "--listen", str(port))
    assert done.code == 2
    assert f"Nobody can listen on 127.0.0.1, port {port}: " in done.err
