"""Which form of an answer a client asks for: the headers Accept and Accept-Encoding (RFC 9110, section 12.5)."""

from __future__ import annotations

from typing import Final

_OPENMETRICS: Final = ("1.0.0", "0.0.1", "")
"""Versions of OpenMetrics whose readers understand 1.0.0; no version is any version."""


def wants_openmetrics(accept: str | None) -> bool:
    """Whether the client rates OpenMetrics above the text format; without a rating the text format wins."""
    openmetrics = text = 0.0
    for media, parameters in _entries(accept or ""):
        weight = _weight(parameters)
        if media == "application/openmetrics-text" and parameters.get("version", "") in _OPENMETRICS:
            openmetrics = max(openmetrics, weight)
        elif media in ("text/plain", "text/*"):
            text = max(text, weight)
    return openmetrics > 0 and openmetrics >= text


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether the client reads gzip: it names it, or everything, and does not rate it 0."""
    ratings = {coding: _weight(parameters) for coding, parameters in _entries(accept_encoding or "")}
    return ratings.get("gzip", ratings.get("*", 0.0)) > 0


def _entries(header: str) -> list[tuple[str, dict[str, str]]]:
    entries = []
    for entry in header.split(","):
        name, *parameters = (part.strip().lower() for part in entry.split(";"))
        pairs = (parameter.partition("=") for parameter in parameters)
        entries.append((name, {key.strip(): value.strip().strip('"') for key, _, value in pairs}))
    return entries


def _weight(parameters: dict[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0  # a rating that cannot be read asks for nothing
