"""Who may call a simulated system."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Login:
    """An account with the secret it may use on the interface."""

    user: str
    secret: str = field(repr=False)


def basic(header: str) -> Login | None:
    """The account an Authorization header names by Basic; None for any other header."""
    kind, _, coded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, colon, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Login(user, secret) if colon else None
