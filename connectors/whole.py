"""Records of a page made whole: their details and their histories asked for, of those alone that have changed."""

from __future__ import annotations

from typing import Any

from connectors.client import Client
from connectors.detail import AskedDetail
from connectors.plan import Plan
from connectors.plans import Plans
from connectors.reading import Read, Who
from connectors.versions import Versions
from core.model import Instant, Reject


class WholeReader:
    """Reads the records of all streams of a source."""

    def __init__(self, plans: Plans, client: Client, parallel: int) -> None:
        """`parallel`: how many details are asked for at a time."""
        self._plans, self._client, self._parallel = plans, client, parallel

    def read(
        self, name: str, plan: Plan, records: list[Any], known: Versions, who: Who | None, now: Instant
    ) -> tuple[Plan, Read]:
        """A page with the details and the histories of its tickets, and the plan with which it was read.

        Where it bears what the system did not have before, that is asked for and the page read once more.
        """
        read = self._once(plan, records, known, who)
        if self._plans.lacking:
            plan = self._plans.of(name, now)
            read = self._once(plan, records, known, who)
        return plan, read

    def few(self, plan: Plan, records: list[Any]) -> Read:
        """Some records with their details, as if none was known; without histories."""
        return self._detailed(plan, plan.detail, records, Versions(0)) if plan.detail else plan.reader.read(records)

    def _once(self, plan: Plan, records: list[Any], known: Versions, who: Who | None) -> Read:
        if plan.detail is None:
            read = plan.reader.read(records, who)
        else:
            read = self._detailed(plan, plan.detail, records, known)
        if plan.histories and read.tickets:
            if not read.versions:  # else only those that are not known were asked for
                read.only(known.new(read.tickets, read.kept))  # tickets known in this version leave the page
            plan.histories.read(self._client, plan.values, read)
        return read

    def _detailed(self, plan: Plan, detail: AskedDetail, records: list[Any], known: Versions) -> Read:
        """A page whose new or changed records are asked for one by one, or in batches."""
        ids, changed = plan.reader.places(records)
        versions = {"vendor_id": ids, "changed_at": [at or 0 for at in changed], "revision": [0] * len(ids)}
        new = known.new(versions, records)
        rejects: list[Reject] = []
        listed, own = [records[place] for place in new], [ids[place] for place in new]
        read = plan.reader.read(detail.read(self._client, plan.values, listed, own, self._parallel, rejects))
        read.rejects += rejects
        told = dict(zip(read.ids, read.changed, strict=True))
        read.changed = [told.get(key) if at is None else at for key, at in zip(ids, changed, strict=True)]
        read.ids = ids
        if any(at is not None for at in changed):  # the list itself tells which versions it holds
            read.versions = {name: [column[place] for place in new] for name, column in versions.items()}
            read.listed = listed
        return read
