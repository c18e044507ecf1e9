"""A stream compiled for one source: what is asked, how answers are read, and what hangs on options and found values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.asked import AskedHistory
from connectors.census import AskedCensus
from connectors.cursor import query_form, until_form
from connectors.detail import AskedDetail
from connectors.discovery import Discoveries
from connectors.histories import Histories
from connectors.lean import around, decoder
from connectors.listing import Listing
from connectors.manifest import Manifest, Stream
from connectors.mapping import Language, fulfils
from connectors.reading import StreamReader
from connectors.requesters import AskedRequesters
from connectors.select import selected
from connectors.template import Values, as_text


@dataclass(frozen=True, slots=True)
class Plan:
    """A stream, compiled."""

    said: Stream
    listing: Listing
    reader: StreamReader
    histories: Histories | None
    requesters: AskedRequesters | None
    detail: AskedDetail | None
    values: Values
    language: Language
    census: AskedCensus | None = None


def compile_stream(
    name: str,
    manifest: Manifest,
    options: Mapping[str, Any],
    fixed: Values,
    found: Discoveries,
    automation: Sequence[str],
    where: str,
) -> Plan:
    """The stream of that name. `fixed`: placeholders that no answer changes; `where` names the source in errors.

    Raises `ValueError` where a value that the operator or the system gave is not what it should be.
    """
    said, where = manifest.streams[name], f"{where}: {name}"
    values = {**fixed, **found.values}
    language = Language(
        manifest.times,
        manifest.flat,
        manifest.inner,
        manifest.entities,
        manifest.maps,
        options,
        found.maps,
        values,
    )
    names = selected(said, language)
    values |= {"fields": said.select.join.join(names), "field_list": names}
    step = said.cursor.precision if said.cursor else 1
    histories = {
        key: AskedHistory(key, history, language, automation, f"{where}.{key}")
        for key, history in said.history.items()
        if switched_on(history.enabled, values)
    }
    reader = StreamReader(name, said, language, automation)
    requesters = AskedRequesters(said.requesters, language, f"{where}.requesters") if said.requesters else None
    detail = AskedDetail(said.detail, language, f"{where}.detail") if said.detail else None
    # By now every path that this stream reads has been compiled.
    read = around(said.paging, (sign.path for sign in manifest.signs))
    listing = Listing(
        said.request,
        said.records,
        said.paging,
        where,
        query_form(said.cursor, values),
        lambda instant: instant - instant % step,
        said.shape,
        until_form(said.cursor, values),
        decoder(said.records, read, language.roots) if said.shape == "list" else None,
    )
    return Plan(
        said,
        listing,
        reader,
        Histories(histories, manifest.limits.parallel) if histories else None,
        requesters,
        detail,
        values,
        language,
        AskedCensus(said.census, said.cursor, language, f"{where}.census") if said.census else None,
    )


def switched_on(said: str | Mapping[str, Sequence[str]] | None, values: Values) -> bool:
    """Whether what hangs on an option or a found value is switched on; what is not known yet does not switch off."""
    if isinstance(said, Mapping):
        return all(name not in values or fulfils(as_text(values[name]), words) for name, words in said.items())
    return said is None or said not in values or as_text(values[said]) not in ("", "false")
