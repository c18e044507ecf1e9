"""What a manifest says of what records become: tickets, responses, outages, deletions, events."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from connectors.manifest_map import ActorRule, EventRule, Fields, LinkRule, Rows, Times, When
from connectors.words import Path, Paths, Strict
from core.model import OUTAGE, RESPONSE, TICKET


class Ticket(Strict):
    """What of a record becomes a ticket."""

    when: When = Field(default_factory=dict, description="only records in which these paths hold one of these words")
    map: Fields = Field(description="field of the ticket -> where it stands")
    links: tuple[LinkRule, ...] = Field(default=(), description="references to other tickets")
    requester: Paths = Field(
        default=(), description="account of who asked; compared with the actors of events, never kept"
    )

    @model_validator(mode="after")
    def _known(self) -> Ticket:
        _only(self.map, TICKET, ("vendor_id", "kind", "changed_at"))
        return self


class Response(Strict):
    """What of a record becomes a customer's answer."""

    when: When = Field(default_factory=dict, description="only records in which these paths hold one of these words")
    map: Fields = Field(description="field of the response -> where it stands")

    @model_validator(mode="after")
    def _known(self) -> Response:
        _only(self.map, RESPONSE, ("vendor_id", "score", "scale_min", "scale_max", "changed_at"))
        return self


class Outage(Strict):
    """What of a record becomes an outage record."""

    when: When = Field(default_factory=dict, description="only records in which these paths hold one of these words")
    map: Fields = Field(description="field of the outage -> where it stands")

    @model_validator(mode="after")
    def _known(self) -> Outage:
        _only(self.map, OUTAGE, ("vendor_id", "type", "start", "changed_at"))
        return self


class Events(Rows):
    """What of a record, or of rows inside it, becomes events of a ticket."""

    rules: tuple[EventRule, ...] = Field(description="which rows tell what")
    ticket: Path = Field(description="the ticket's id in a row")
    at: Path = Field(description="when it happened")
    id: Paths = Field(description="what tells the row from all others; of a list the parts are joined")
    seq: Path | None = Field(default=None, description="order of rows of one moment; default: as they come")
    actor: ActorRule = Field(default_factory=ActorRule, description="whose act it was")
    prefix: str = Field(
        default="", description="begins the events' ids; the same where two ways tell the same rows; default: a name"
    )
    times: Times | None = Field(default=None, description="where moments are written otherwise than elsewhere")
    latest_first: bool = Field(default=False, description="the rows of one ticket come newest first")


class Deleted(Strict):
    """What of a record tells that a ticket was deleted. It is then no ticket, whatever else the record tells."""

    when: When = Field(default_factory=dict, description="only records in which these paths hold one of these words")
    ticket: Path = Field(description="the id of the ticket, as its `vendor_id`")
    at: Path = Field(description="when it was deleted")


def _only(fields: dict[str, Any], known: tuple[str, ...], needed: tuple[str, ...]) -> None:
    for name in fields:
        if name not in known:
            raise ValueError(f"map: there is no field {name!r}; known are {', '.join(known)}")
    missing = [name for name in needed if name not in fields]
    if missing:
        raise ValueError(f"map: {', '.join(missing)} missing")
