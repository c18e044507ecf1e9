"""The web configuration file that Prometheus exporters share: TLS and basic auth, checked when it is read.

Its keys are those of the exporter toolkit's `--web.config.file`. What siamhub cannot do is refused and not passed
over: a setting of security that has no effect is worse than none.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from core.settings.mistakes import Mistake, Place, SettingsError, hint, path_text
from core.settings.text import SyntaxMistake, Text, read

_VERSIONS: Final = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_CLIENTS: Final = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
_DEAREST: Final = 15
"""The highest cost of a bcrypt hash: one more doubles the time, and this one takes two seconds."""


@dataclass(frozen=True, slots=True)
class WebConfig:
    """What the file says; without a file neither TLS nor users."""

    users: dict[str, str] = field(default_factory=dict, repr=False)  # name -> bcrypt hash
    tls: ssl.SSLContext | None = None


def read_web_config(path: Path) -> WebConfig:
    """The file's content, certificates loaded. Raises SettingsError with file, line and every mistake."""
    try:
        text = read(path.read_text(encoding="utf-8"))
    except SyntaxMistake as error:
        raise SettingsError(str(path), [Mistake(error.line, "", error.message)]) from None
    except UnicodeDecodeError:
        raise SettingsError(str(path), [Mistake(None, "", "not UTF-8; save the file in that encoding")]) from None
    except OSError as error:
        raise SettingsError(str(path), [Mistake(None, "", f"cannot be read: {error.strerror}")]) from None
    if text.mistakes:
        wrong = [Mistake(line, path_text(place), message) for place, line, message in text.mistakes]
        raise SettingsError(str(path), wrong)
    try:
        file = _File.model_validate({} if text.value is None else text.value, strict=True)
    except ValidationError as error:
        raise SettingsError(str(path), [_mistake(text, each) for each in error.errors(include_input=False)]) from None
    return WebConfig(dict(file.basic_auth_users), _tls(file.tls_server_config, path, text))


def _hash(text: str) -> str:
    found = re.fullmatch(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}", text)
    if found is None:
        raise PydanticCustomError("plain", "no bcrypt hash; make one with: htpasswd -nBC 10 NAME")
    if not 4 <= int(found[1]) <= _DEAREST:
        raise PydanticCustomError("cost", "the cost of the hash must lie between 4 and 15; 10 serves well")
    return text


def _name(text: str) -> str:
    if not text or ":" in text:
        raise PydanticCustomError("name", "a user's name is not empty and has no colon")
    return text


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class _Tls(_Model):
    cert_file: str
    key_file: str
    client_ca_file: str | None = None
    client_auth_type: Literal["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"] = "NoClientCert"
    min_version: Literal["TLS12", "TLS13"] = "TLS12"
    max_version: Literal["TLS12", "TLS13"] = "TLS13"

    @model_validator(mode="after")
    def _consistent(self) -> _Tls:
        if self.client_auth_type == "NoClientCert" and self.client_ca_file is not None:
            raise PydanticCustomError(
                "unused", "client_ca_file is not used; add client_auth_type: RequireAndVerifyClientCert"
            )
        if self.client_auth_type != "NoClientCert" and self.client_ca_file is None:
            raise PydanticCustomError("no_ca", "client certificates are asked for; name their CA in client_ca_file")
        if self.min_version > self.max_version:
            raise PydanticCustomError("versions", "min_version is above max_version")
        return self


class _File(_Model):
    tls_server_config: _Tls | None = None
    basic_auth_users: dict[Annotated[str, AfterValidator(_name)], Annotated[str, AfterValidator(_hash)]] = Field(
        default_factory=dict
    )


def _mistake(text: Text, error: Any) -> Mistake:
    """A mistake as a sentence; what stood there is never quoted: it may be a password."""
    place: Place = tuple(step for step in error["loc"] if step != "[key]")
    known = _Tls.model_fields if "tls_server_config" in place else _File.model_fields
    message = {
        "extra_forbidden": f"siamhub does not take this key; {hint(str(place[-1]) if place else '', known)}",
        "missing": "is missing",
        "model_type": "must be keys with values",
        "dict_type": "must be names with bcrypt hashes",
        "string_type": "must be a text; put it in quotes",
    }.get(error["type"], error["msg"])
    return Mistake(text.line(place), path_text(place), message)


def _tls(file: _Tls | None, path: Path, text: Text) -> ssl.SSLContext | None:
    """The certificates loaded; files are looked for beside the configuration file."""
    if file is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = _VERSIONS[file.min_version], _VERSIONS[file.max_version]
    context.verify_mode = _CLIENTS[file.client_auth_type]
    cert, key = path.parent / file.cert_file, path.parent / file.key_file
    _readable(cert, path, text, "cert_file")  # OpenSSL does not say which of its files it cannot read
    _readable(key, path, text, "key_file")
    try:
        context.load_cert_chain(cert, key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        raise _refusal(
            path, text, "cert_file", f"is no pair with key_file, both in PEM form ({_told(error)})"
        ) from None
    if file.client_ca_file is not None:
        _readable(path.parent / file.client_ca_file, path, text, "client_ca_file")
        try:
            context.load_verify_locations(path.parent / file.client_ca_file)
        except ssl.SSLError as error:
            raise _refusal(path, text, "client_ca_file", f"has no certificate in PEM form ({_told(error)})") from None
    return context


def _no_password() -> str:
    """Called for an encrypted key; without it OpenSSL would ask on the terminal and wait."""
    raise ValueError("the key is encrypted; siamhub takes one without a password")


def _told(error: ssl.SSLError | ValueError) -> str:
    reason = getattr(error, "reason", None) or (str(error) if not isinstance(error, ssl.SSLError) else "")
    return str(reason).lower().replace("_", " ") or "unreadable"


def _readable(file: Path, path: Path, text: Text, key: str) -> None:
    try:
        file.read_bytes()
    except OSError as error:
        raise _refusal(path, text, key, f"cannot be read: {error.strerror}") from None


def _refusal(path: Path, text: Text, key: str, message: str) -> SettingsError:
    place = ("tls_server_config", key)
    return SettingsError(str(path), [Mistake(text.line(place), path_text(place), message)])
