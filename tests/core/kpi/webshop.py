"""A service that stands on one component, and its figures: what tests of availability share."""

from __future__ import annotations

from typing import Any

from core.model import Hours, Part, Structure
from tests.core.kpi.build import Figures, Record, Time, catalogue, facts, incident, needs, outage, service

AT = "2026-03-31 00:00"  # 30d: from 1 March on, 720 h
OFFICE = Hours("UTC", (((540, 1020),),) * 5 + ((), ()))  # Monday to Friday, 9 to 17
WEB = Part("acme", "web")


def figures(*records: Record, at: str = AT, structure: Structure | Part = WEB, **more: Any) -> Figures:
    """One service `shop` on acme/web, with these outage records (dicts of `outage`) and tickets."""
    outages = [record for record in records if "kind" not in record]
    tickets = [record for record in records if "kind" in record]
    top = {name: more.pop(name) for name in ("outage_priority", "zone") if name in more}
    return Figures(facts(*tickets, outages=outages), catalogue(service("shop", structure, **more), **top), at)


def shop(found: Figures, figure: str, window: str = "30d") -> float | None:
    return found(f"siam_service_{figure}", service="shop", window=window)


def hours(found: Figures, figure: str, window: str = "30d") -> float:
    value = shop(found, f"{figure}_seconds", window)
    assert value is not None
    return value / 3600


def web(start: Time, end: Time = None, **more: Any) -> Record:
    return outage("acme", start, end, component="web", **more)


CHAIN = needs("acme/web", "globex/dc", "initech/db")


def p1(opened: str, resolved: str | None = None, **more: Any) -> Record:
    return incident("acme", more.pop("number", "1"), opened, resolved, **{"component": "web", "priority": 1, **more})
