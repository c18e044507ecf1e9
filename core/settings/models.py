"""The configuration file as models: every key, its type, its default and its sentence for the operator."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, SecretStr

from core.catalogue import INTEGRATOR
from core.settings.needs import Needs
from core.settings.words import (
    Clock,
    ComponentKey,
    Database,
    Day,
    Duration,
    DurationOrNever,
    Listen,
    MeetingDay,
    OpenHours,
    Patterns,
    Ratio,
    ServiceKey,
    Some,
    Strict,
    SupplierKey,
    WebAddress,
    Weight,
    Window,
    Zone,
)


class Auth(Strict):
    """How to log in to a source; which further keys there are depends on `type` and on the connector."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, SecretStr] = Field(init=False)

    type: Some = Field(
        description="Kind of login; `siamhub connector show NAME` lists those of a connector, with their keys.",
        examples=["basic", "bearer"],
    )


class Source(Strict):
    """One ITSM system of a supplier."""

    connector: Some = Field(
        description="Which connector reads it: a shipped one, one of your own manifests, or an installed package's.",
        examples=["servicenow", "jira", "topdesk"],
    )
    base_url: WebAddress = Field(description="Address of the system.", examples=["https://acme.service-now.com"])
    auth: Auth | None = Field(
        default=None,
        description="How to log in; default: not at all. Values are secrets and best written as `${...}`.",
        examples=[{"type": "basic", "username": "siamhub", "password": "${ACME_PASSWORD}"}],
    )
    every: Duration = Field(default="5m", description="Time from the start of one pass to the next.", examples=["5m"])
    since: Day | None = Field(
        default=None, description="How far back the first pass goes; default: 365 days.", examples=["2026-01-01"]
    )
    census: DurationOrNever = Field(
        default="1d",
        description="Time from one count of all tickets to the next, which finds deleted, hidden and missed ones; or "
        "`never`.",
        examples=["7d"],
    )
    options: dict[str, Any] = Field(
        default={},
        description="What the connector's manifest declares; `siamhub connector show NAME` explains them.",
        examples=[{"projects": ["OPS"]}],
    )
    groups: dict[Some, Patterns] = Field(
        default={},
        description=f"Assignment groups of another party, by party: a supplier or `{INTEGRATOR}`.",
        examples=[{INTEGRATOR: ["Service Desk*"]}],
    )
    automation: list[Some] = Field(
        default=[],
        description="Accounts whose acts are not a person's.",
        examples=[["svc-*", "integration.*"]],
    )
    refers_to: list[Some] | None = Field(
        default=None,
        description="Suppliers whose tickets are meant by bare numbers in references; default: any other one.",
        examples=[["globex"]],
    )
    components: dict[ComponentKey, Patterns] = Field(
        default={},
        description="Components that this supplier runs: the names that each has in this system.",
        examples=[{"web-hosting": ["Web Farm*"]}],
    )
    services: dict[Some, Patterns] = Field(
        default={},
        description="Services of this file: the names that each has in this system.",
        examples=[{"webshop": ["Webshop", "WS-*"]}],
    )


class Supplier(Strict):
    """A party that runs part of a service."""

    title: Some | None = Field(
        default=None, description="Its name for people; default: the key.", examples=["Acme Hosting"]
    )
    hours: OpenHours = Field(
        default="always",
        description="Support hours, in which it must answer when work is handed over to it.",
        examples=["always", {"weekly": {"mon-fri": "08:00-18:00"}, "holidays": "NL"}],
    )
    sources: list[Source] = Field(
        default=[],
        description="Its ITSM systems.",
        examples=[[{"connector": "servicenow", "base_url": "https://acme.service-now.com"}]],
    )


class LeadTimes(Strict):
    """Time within which incidents are to be resolved, holds not counted, by priority."""

    p1: Duration | None = Field(default=None, description="Priority 1.", examples=["4h"])
    p2: Duration | None = Field(default=None, description="Priority 2.", examples=["8h"])
    p3: Duration | None = Field(default=None, description="Priority 3.", examples=["5d"])
    p4: Duration | None = Field(default=None, description="Priority 4.", examples=["10d"])
    p5: Duration | None = Field(default=None, description="Priority 5.", examples=["30d"])
    clock: Literal["always", "service_hours"] = Field(
        default="always", description="Which time counts: all, or the service's hours.", examples=["service_hours"]
    )


class Targets(Strict):
    """Goals; without one the figures are shown and not judged."""

    availability: Ratio | None = Field(
        default=None, description="Share of the agreed time in which the service is up.", examples=[0.999]
    )
    incident_lead_time: LeadTimes | None = Field(
        default=None,
        description="Time within which incidents are to be resolved, holds not counted, by priority.",
        examples=[{"p1": "4h", "p2": "8h", "p3": "5d"}],
    )
    change_success: Ratio | None = Field(default=None, description="Share of changes that succeed.", examples=[0.95])
    satisfaction: Ratio | None = Field(
        default=None, description="Mean of the customers' answers, 0 the worst and 1 the best.", examples=[0.8]
    )


class Service(Strict):
    """What the customer uses."""

    title: Some | None = Field(default=None, description="Its name for people; default: the key.", examples=["Webshop"])
    hours: OpenHours = Field(
        default="always",
        description="Agreed service hours; time outside of them counts in no availability.",
        examples=["always", {"weekly": {"mon-fri": "07:00-22:00", "sat": "09:00-17:00"}, "holidays": "NL"}],
    )
    weight: Weight = Field(default=1.0, description="How much it counts in the joint availability.", examples=[2])
    needs: Needs | None = Field(
        default=None,
        description="The components it stands on; default: all components of every source that maps it.",
        examples=[{"all": ["acme/web-hosting", {"any": ["globex/dc-east", "globex/dc-west"]}]}],
    )
    targets: Targets = Field(
        default=Targets(),
        description="Goals; without one the figures are shown and not judged.",
        examples=[{"availability": 0.999, "incident_lead_time": {"p1": "4h"}}],
    )


class AnswerWithin(Strict):
    """Time within which a supplier answers when work is handed over to it, by priority."""

    p1: Duration | None = Field(default=None, description="Priority 1.", examples=["30m"])
    p2: Duration | None = Field(default=None, description="Priority 2.", examples=["1h"])
    p3: Duration | None = Field(default=None, description="Priority 3.", examples=["4h"])
    p4: Duration | None = Field(default=None, description="Priority 4.", examples=["8h"])
    p5: Duration | None = Field(default=None, description="Priority 5.", examples=["2d"])
    default: Duration = Field(default="4h", description="Every priority that is not named.", examples=["4h"])


class ScoreWeights(Strict):
    """How much each component counts in the collaboration score."""

    responsiveness: Weight = Field(default=0.3, description="Handovers answered in time.", examples=[0.3])
    flow: Weight = Field(default=0.2, description="Handovers that were not bounced.", examples=[0.2])
    constructiveness: Weight = Field(
        default=0.3, description="What the other parties say in peer reviews.", examples=[0.3]
    )
    joint_goals: Weight = Field(default=0.2, description="Joint targets attained.", examples=[0.2])


class Collaboration(Strict):
    """How working together is measured."""

    answer_within: AnswerWithin = Field(
        default=AnswerWithin(p1="30m", p2="1h"),
        description="Time within which a supplier answers when work is handed over to it, by priority.",
        examples=[{"p1": "30m", "p2": "1h", "default": "4h"}],
    )
    weights: ScoreWeights = Field(
        default=ScoreWeights(),
        description="How much each component counts in the collaboration score.",
        examples=[{"responsiveness": 0.3, "flow": 0.2, "constructiveness": 0.3, "joint_goals": 0.2}],
    )
    min_samples: int = Field(
        default=10, ge=0, description="Observations that weigh as much as the average of all parties.", examples=[10]
    )


class Informal(Strict):
    """An informal meeting of the parties, by rule or on one day."""

    title: Some = Field(default="Informal meeting", description="Its name.", examples=["Lunch walk"])
    day: MeetingDay | None = Field(
        default=None, description="Day of each month on which it is; or `date`.", examples=["last friday"]
    )
    date: Day | None = Field(default=None, description="The one day on which it is; or `day`.", examples=["2026-12-17"])
    time: Clock = Field(default="12:00", description="Local time at which it begins.", examples=["12:00"])
    lasts: Duration = Field(default="60m", description="How long it takes.", examples=["90m"])
    place: Some | None = Field(default=None, description="Where it is.", examples=["The canteen of Acme"])


class Board(Strict):
    """The Service Integration Board."""

    title: Some = Field(
        default="Service Integration Board", description="Its name.", examples=["Service Integration Board"]
    )
    day: MeetingDay | None = Field(
        default=None,
        description="Day of the month on which it meets; default: no meetings.",
        examples=["second tuesday"],
    )
    time: Clock = Field(default="14:00", description="Local time at which a meeting begins.", examples=["14:00"])
    lasts: Duration = Field(default="90m", description="How long a meeting takes.", examples=["2h"])
    informal: list[Informal] = Field(
        default=[],
        description="Informal meetings of the parties, in the calendar and in the board pack.",
        examples=[[{"title": "Lunch walk", "day": "last friday", "time": "12:00"}]],
    )


class Web(Strict):
    """The HTTP server."""

    lifecycle: bool = Field(default=False, description="Whether `POST /-/reload` is answered.", examples=[True])
    config_file: Some | None = Field(
        default=None,
        description="TLS and basic auth: a file in the format that Prometheus exporters share, beside this one.",
        examples=["web.yaml"],
    )


class File(Strict):
    """The whole file."""

    timezone: Zone = Field(
        default="UTC", description="Time zone of calendar windows, dates and the board.", examples=["Europe/Amsterdam"]
    )
    database: Database = Field(
        default="sqlite:///siamhub.db",
        description="Where records are kept. A relative SQLite path begins in the working folder.",
        examples=["sqlite:////var/lib/siamhub/siamhub.db", "postgresql+psycopg://siamhub@db.example.com/siamhub"],
    )
    listen: Listen = Field(
        default="127.0.0.1:9877",
        description="Address of metrics and pages.",
        examples=["127.0.0.1:9877", "0.0.0.0:9877"],
    )
    windows: list[Window] = Field(
        default=["7d", "30d", "90d"],
        description="Rolling windows; `month` and `last_month` are always there.",
        examples=[["7d", "30d", "90d"]],
    )
    connectors: Some | None = Field(
        default=None, description="Folder of your own manifests, beside this file.", examples=["connectors.d"]
    )
    board: Board = Field(
        default=Board(),
        description="The Service Integration Board.",
        examples=[{"title": "Service Integration Board", "day": "second tuesday", "time": "14:00"}],
    )
    web: Web = Field(default=Web(), description="The HTTP server.", examples=[{"lifecycle": True}])
    suppliers: dict[SupplierKey, Supplier] = Field(
        default={},
        description="Who runs parts of the services; the key is the label in every metric.",
        examples=[{"acme": {"title": "Acme Hosting"}}],
    )
    services: dict[ServiceKey, Service] = Field(
        default={},
        description="What the customer uses; the key is the label in every metric.",
        examples=[{"webshop": {}}],
    )
    outage_priority: int = Field(
        default=1,
        ge=1,
        le=5,
        description="Incidents up to this priority count as outages where no better evidence exists.",
        examples=[1],
    )
    change_watch: Duration = Field(
        default="7d", description="How long after a change incidents that it caused are waited for.", examples=["7d"]
    )
    collaboration: Collaboration = Field(
        default=Collaboration(), description="How working together is measured.", examples=[{"min_samples": 10}]
    )
