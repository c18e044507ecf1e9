"""The web configuration file: what it may say, and each mistake with its line and without what stood there."""

from __future__ import annotations

import ssl
from pathlib import Path

import bcrypt
import httpx
import pytest
import trustme

from core.settings import SettingsError
from exporters.server import serve
from exporters.web import make_app
from exporters.web_config import WebConfig, read_web_config
from tests.exporters.example import Hub, exposition

HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def folder(tmp_path: Path, authority: trustme.CA) -> Path:
    """A folder with a certificate for 127.0.0.1, its key, and the authority's certificate."""
    server = authority.issue_cert("127.0.0.1")
    server.cert_chain_pems[0].write_to_path(tmp_path / "server.crt")
    server.private_key_pem.write_to_path(tmp_path / "server.key")
    authority.cert_pem.write_to_path(tmp_path / "ca.crt")
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "web.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_file_asks_for_nothing(folder: Path) -> None:
    assert read_web_config(written(folder, "# nothing yet\n")) == WebConfig()


def test_users_are_read_and_not_shown(folder: Path) -> None:
    config = read_web_config(written(folder, f"basic_auth_users:\n  alice: {HASH}\n"))
    assert config.users == {"alice": HASH}
    assert config.tls is None
    assert HASH not in repr(config)


def test_tls_is_version_1_2_or_newer_unless_the_file_says_more(folder: Path) -> None:
    tls = read_web_config(written(folder, TLS)).tls
    assert tls is not None
    assert tls.minimum_version == ssl.TLSVersion.TLSv1_2
    assert tls.verify_mode == ssl.CERT_NONE
    tls = read_web_config(written(folder, f"{TLS}  min_version: TLS13\n")).tls
    assert tls is not None
    assert tls.minimum_version == ssl.TLSVersion.TLSv1_3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("basic_auth_users:\n  alice: hunter2\n", "2: basic_auth_users.alice: no bcrypt hash; make one with: htpasswd"),
        (f"basic_auth_users:\n  alice: {HASH.replace('10', '31', 1)}\n", "2: basic_auth_users.alice: the cost of the"),
        (f'basic_auth_users:\n  "a:b": {HASH}\n', '2: basic_auth_users["a:b"]: a user\'s name is not empty and has no'),
        ("basic_auth_users: [alice]\n", "1: basic_auth_users: must be names with bcrypt hashes"),
        ("basic_auth_user:\n  alice: x\n", '1: basic_auth_user: siamhub does not take this key; did you mean "basic_'),
        (f"{TLS}  min_version: TLS10\n", "4: tls_server_config.min_version: Input should be 'TLS12' or 'TLS13'"),
        (f"{TLS}  min_version: TLS13\n  max_version: TLS12\n", "1: tls_server_config: min_version is above"),
        (f"{TLS}  client_ca_file: ca.crt\n", "1: tls_server_config: client_ca_file is not used; add client_auth_type"),
        (f"{TLS}  client_auth_type: RequireAndVerifyClientCert\n", "1: tls_server_config: client certificates are"),
        (f"{TLS}  client_auth_type: RequireAnyClientCert\n", "4: tls_server_config.client_auth_type: Input should be"),
        (f"{TLS}  cipher_suites: [TLS_RSA]\n", "4: tls_server_config.cipher_suites: siamhub does not take this key; t"),
        ("tls_server_config:\n  cert_file: server.crt\n", "1: tls_server_config.key_file: is missing"),
        (TLS.replace("server.crt", "no.crt"), "2: tls_server_config.cert_file: cannot be read: No such file"),
        (TLS.replace("server.key", "ca.crt"), "2: tls_server_config.cert_file: is no pair with key_file"),
        ("- list\n", "1: must be keys with values"),
        ("a: [\n", "2: no valid YAML"),
        (f"{TLS}tls_server_config: {{}}\n", "4: tls_server_config: "),
    ],
)
def test_a_mistake_is_told_with_its_line_and_without_what_stood_there(folder: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_web_config(written(folder, text))
    told = str(error.value).removeprefix(f"{folder / 'web.yaml'}:")
    assert told.startswith(message)
    assert "hunter2" not in told
    assert HASH not in told


def test_a_file_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"web\.yaml: cannot be read: No such file"):
        read_web_config(folder / "web.yaml")


def test_an_encrypted_key_is_refused_and_nobody_is_asked_for_its_password(folder: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key((folder / "server.key").read_bytes(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    (folder / "server.key").write_bytes(encrypted)
    with pytest.raises(SettingsError, match="the key is encrypted"):
        read_web_config(written(folder, TLS))


def test_the_server_speaks_tls_and_lets_in_who_bears_a_certificate_of_the_authority(
    folder: Path, authority: trustme.CA
) -> None:
    config = read_web_config(
        written(folder, f"{TLS}  client_ca_file: ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n")
    )
    server = serve(make_app(exposition(), Hub(), False), "127.0.0.1", 0, config.tls)
    trusting, bearing = ssl.create_default_context(), ssl.create_default_context()
    for context in (trusting, bearing):
        authority.configure_trust(context)
    authority.issue_cert("client.example").configure_cert(bearing)
    try:
        assert server.url.startswith("https://")
        assert httpx.get(f"{server.url}/metrics", verify=bearing, trust_env=False).status_code == 200
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{server.url}/metrics", verify=trusting, trust_env=False)
    finally:
        server.stop()


@pytest.fixture(scope="module")
def users() -> dict[str, str]:
    return {
        "alice": bcrypt.hashpw(b"correct horse", bcrypt.gensalt(4)).decode(),
        "bob": bcrypt.hashpw("pässword:with:colons".encode(), bcrypt.gensalt(4)).decode(),
        "carol": bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode(),
    }


def basic(name: str, password: str) -> httpx.BasicAuth:
    return httpx.BasicAuth(name.encode(), password.encode())


def test_only_users_with_their_password_get_in(users: dict[str, str]) -> None:
    server = serve(make_app(exposition(), Hub(), False, users), "127.0.0.1", 0)
    try:
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            for right in (
                basic("alice", "correct horse"),
                basic("bob", "pässword:with:colons"),
                basic("carol", "x" * 72),
                basic("carol", "x" * 80),  # as every implementation of bcrypt sees it
            ):
                for _ in range(2):  # the second time out of memory
                    assert client.get("/metrics", auth=right).status_code == 200
            for wrong in (None, basic("alice", "wrong"), basic("alice", ""), basic("mallory", "correct horse")):
                answer = client.get("/metrics", auth=wrong)
                assert answer.status_code == 401
                assert answer.headers["www-authenticate"].startswith('Basic realm="siamhub"')
                assert "content-security-policy" in answer.headers
            for header in ("Bearer abc", "Basic", "Basic ???", "Basic YWxpY2U=", "Basic /////w=="):
                assert client.get("/", headers={"authorization": header}).status_code == 401
            assert client.get("/-/ready").status_code == 401
            assert client.get("/-/healthy").status_code == 200
    finally:
        server.stop()


def test_a_right_password_is_hashed_once_and_a_wrong_one_each_time(
    users: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[bytes] = []
    check = bcrypt.checkpw

    def counting(password: bytes, expected: bytes) -> bool:
        hashed.append(password)
        return check(password, expected)

    monkeypatch.setattr("exporters.auth.bcrypt.checkpw", counting)
    server = serve(make_app(exposition(), Hub(), False, users), "127.0.0.1", 0)
    try:
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            for _ in range(3):
                client.get("/metrics", auth=basic("alice", "correct horse"))
            for _ in range(2):
                client.get("/metrics", auth=basic("nobody", "guess"))
    finally:
        server.stop()
    assert hashed == [b"correct horse", b"guess", b"guess"]
