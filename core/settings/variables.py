"""`${NAME}` and `${file:/path}` in a text: what stands for a secret, or for anything that differs by installation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_REFERENCE: Final = re.compile(r"\$\$\{|\$\{([^{}]*)(\}?)")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST: Final = 1_000_000  # bytes; a secret is short, and the wrong file may be very long


def substitute(text: str, environ: Mapping[str, str], folder: Path) -> tuple[str, list[str]]:
    """The text with its references replaced, and what is wrong with them; no message contains a value.

    `$${` stands for `${`. A relative file is looked for in `folder`; one line end at the end of it does not count.
    """
    mistakes: list[str] = []

    def look_up(match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        name, closed = match[1], match[2]
        try:
            if not closed:
                raise ValueError("${ without }; close it, or write $${ where these two characters are meant")
            return _file(folder / name[5:]) if name.startswith("file:") else _variable(name, environ)
        except ValueError as error:
            mistakes.append(str(error))
            return ""

    return _REFERENCE.sub(look_up, text), mistakes


def whole_file(text: str, folder: Path) -> Path | None:
    """The file whose content a text is and nothing else; None where it is anything else."""
    found = _REFERENCE.fullmatch(text)
    name = found[1] if found and found[1] is not None and found[2] else ""
    return folder / name[5:] if name.startswith("file:") else None


def _variable(name: str, environ: Mapping[str, str]) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("${...} takes the name of an environment variable or file:/path; $${ stands for ${ itself")
    if name not in environ:
        raise ValueError(f"the environment variable {name} is not set; set it before siamhub starts")
    if not environ[name]:  # what a container's `NAME=${NAME}` leaves when the outer one is missing
        raise ValueError(f"the environment variable {name} is empty; give it a value before siamhub starts")
    return environ[name]


def _file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
        text = content.decode("utf-8")
    except OSError as error:
        raise ValueError(f"the file {path} cannot be read: {(error.strerror or 'unknown').lower()}") from None
    except ValueError:
        raise ValueError(f"the file {path} is no UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if len(content) > _LONGEST:
        raise ValueError(f"the file {path} is too long for a secret")
    if not text:
        raise ValueError(f"the file {path} is empty")
    return text
