"""Pages and records as tests of the store write them: what matters by name, the rest filled in."""

from __future__ import annotations

from typing import Any

from core.facts import Facts
from core.model import Page, columns
from core.store.store import Store

SOURCE = [("acme", "servicenow")]


def ticket(vendor_id: str, changed_at: int = 1, revision: int = 0, **more: Any) -> dict[str, Any]:
    base = {"vendor_id": vendor_id, "kind": "incident", "number": vendor_id.upper(), "state": "new", "priority": 3}
    return base | {"major": 0, "changed_at": changed_at, "revision": revision} | more


def event(ticket: str, event_id: str, at: int, to_value: str, **more: Any) -> dict[str, Any]:
    base = {"ticket": ticket, "event_id": event_id, "kind": "state", "at": at, "seq": 0, "to_value": to_value}
    return base | {"actor": "person"} | more


def link(ticket: str, reference: str, changed_at: int = 1) -> dict[str, Any]:
    return {
        "ticket": ticket,
        "kind": "same",
        "evidence": "number",
        "reference": reference,
        "changed_at": changed_at,
    }


def page(checkpoint: str = "c", stream: str = "incident", **kinds: Any) -> Page:
    records: dict[str, Any] = {
        f"{kind}s": columns(kind, kinds.pop(f"{kind}s", []))
        for kind in ("ticket", "event", "outage", "response", "link", "tombstone")
    }
    return Page(stream, checkpoint, kinds.pop("watermark", 7), **records, **kinds)


def keep(store: Store, given: Page, digest: str = "one") -> bool:
    return store.save(store.source_id(*SOURCE[0]), given, digest, 100).changed


def facts(store: Store) -> Facts:
    return store.facts(SOURCE)
