"""A conversation with a system as a YAML file that a person writes or a recording makes: what was asked, what came."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from connectors.document import Document
from connectors.load import dotted
from connectors.words import Strict
from core.errors import UserError
from core.model import to_instant

EXPECTED: Final = ".expected"
"""What stands before the ending of a file that holds what becomes of the conversation beside it."""
_ENDINGS: Final = (".yaml", ".yml", ".json")


class ConversationError(UserError):
    """A file of a conversation is wrong. The message names file, line and path, and what to do."""


def _instant(text: Any) -> Any:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError("a time is written 2025-06-01 or 2025-06-01T12:00:00Z") from None
    return to_instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _asked(text: str) -> str:
    method, _, path = text.partition(" ")
    if not method.isupper() or not path.startswith("/"):
        raise ValueError("a request is written GET /path, perhaps with a query: GET /path?page=2")
    return text


Moment = Annotated[int, BeforeValidator(_instant, json_schema_input_type=str)]


def _listed(value: Any) -> Any:
    return {name: part if isinstance(part, list) else [part] for name, part in value.items()} if value else {}


class Exchange(Strict):
    """One request and its answer."""

    asked: Annotated[str, AfterValidator(_asked)] = Field(
        description="method and path; with a query only requests that bear these parameters fit"
    )
    query: Annotated[dict[str, list[Any]], BeforeValidator(_listed)] = Field(
        default_factory=dict, description="parameters that the request bears, written as a mapping"
    )
    body: Any = Field(default=None, description="JSON that the request bears; of an object only these keys count")
    form: dict[str, Any] = Field(
        default_factory=dict,
        description="fields of a form that the request bears; of an object, which is JSON there, only these keys count",
    )
    status: int = Field(default=200, ge=100, le=599, description="of the answer")
    headers: dict[str, str] = Field(default_factory=dict, description="of the answer")
    answer: Any = Field(default=None, description="the answer's JSON; without it the answer has no body")
    text: str | None = Field(default=None, description="or its text, where it is no JSON")
    repeat: bool = Field(default=False, description="answers any number of such requests, also none; else just one")

    @model_validator(mode="after")
    def _one(self) -> Exchange:
        if self.text is not None and "answer" in self.model_fields_set:
            raise ValueError("say answer or text, one of them")
        return self


class Conversation(Strict):
    """What a system was asked and what it answered, and the source that asked."""

    title: str = Field(default="", description="what it shows")
    connector: str = Field(default="", description="the connector whose test it is; others may be tried on it too")
    base_url: str = Field(default="https://acme.example", description="of the source")
    since: Moment = Field(default="2025-01-01", validate_default=True, description="where the pass begins")
    now: Moment = Field(default="2026-01-01", validate_default=True, description="when it takes place")
    options: dict[str, Any] = Field(default_factory=dict, description="of the source, as in the configuration")
    automation: tuple[str, ...] = Field(default=(), description="of the source, as in the configuration")
    auth: Literal["", "basic", "bearer", "api_key", "oauth2", "session"] = Field(
        default="",
        description="log in by this, with invented values: the login's own requests are then part of the "
        "conversation; default: as if logged in",
    )
    streams: tuple[str, ...] = Field(default=(), description="only these streams are read; default: all")
    limit: int | None = Field(
        default=None, ge=1, description="only so many records of each stream, in one page; default: all pages"
    )
    conversation: tuple[Exchange, ...] = Field(description="in the order in which alike requests are answered")


def load(path: Path) -> Conversation:
    """The conversation in a file. Raises `ConversationError`, one line for each thing that is wrong."""
    text, data = _read(path)
    if not isinstance(data, dict):
        raise ConversationError(f"{path}:1: a conversation is a mapping with the key `conversation`")
    try:
        return Conversation.model_validate(data)
    except ValidationError as error:
        raise ConversationError("\n".join(_problem(path, text, dict(one)) for one in error.errors())) from error


def read_plain(path: Path) -> Any:
    """The plain data in a YAML file, moments as texts. Raises `ConversationError`."""
    return _read(path)[1]


def files(place: Path) -> Sequence[Path]:
    """The conversations in a folder, in order of their names, or the one file. Raises `ConversationError`."""
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise ConversationError(f"{place}: there is no such file or folder")
    found = [one for one in sorted(place.iterdir()) if one.suffix in _ENDINGS and not one.stem.endswith(EXPECTED)]
    if not found:
        raise ConversationError(
            f"{place}: holds no conversation; write one as *.yaml, or make one with `siamhub connector record`"
        )
    return found


def expected_beside(path: Path) -> Path:
    """The file with what becomes of a conversation."""
    return path.with_name(f"{path.stem}{EXPECTED}.yaml")


def dumped(data: Any) -> str:
    """Plain data as YAML that a person reads: keys in their order, one thing a line."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 110
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel declares it None
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()


class _Texts(SafeConstructor):
    """Moments stay the texts that JSON has for them."""


_Texts.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def _read(path: Path) -> tuple[str, Any]:
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Texts
    try:
        text = path.read_text(encoding="utf-8")
        return text, yaml.load(text)
    except OSError as error:
        raise ConversationError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConversationError(f"{path}: is not UTF-8 text: {error.reason}") from error
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = error.problem if isinstance(error, MarkedYAMLError) else str(error)
        raise ConversationError(f"{where}: is no YAML: {problem}") from error


def _problem(path: Path, text: str, error: Mapping[str, Any]) -> str:
    place: tuple[str | int, ...] = error["loc"]
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        known = (Exchange if len(place) > 1 else Conversation).model_fields
        message = f"unknown key; known are {', '.join(known)}"
    elif error["type"] == "missing":
        place, message = place[:-1], f"{place[-1]!r} is missing"
    return f"{Document({}, [(path, text)]).place(place)}: {dotted(place)}: {message}"
