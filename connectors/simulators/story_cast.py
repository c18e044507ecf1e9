"""Who is in the story: three suppliers, what they run, and the services that stand on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.simulators.world import Component, Group, Service, Supplier

INTEGRATOR: Final = "integrator"
SUPPLIERS: Final[tuple[Supplier, ...]] = (
    Supplier(
        "acme", "Acme Hosting", "servicenow",
        (
            Group("Web Operations", "acme"), Group("Database Operations", "acme"), Group("Storage Operations", "acme"),
            Group("Service Desk", INTEGRATOR), Group("Partner Globex", "globex"), Group("Partner Initech", "initech"),
        ),
        tuple(f"a.agent{number:02d}" for number in range(1, 15)),
        ("svc-monitoring", "svc-autoclose", "integration.bus"), ("svc-*", "integration.*"),
        "INC{:07d}", "CHG{:07d}",
    ),
    Supplier(
        "globex", "Globex Apps", "jira",
        (
            Group("Shop Team", "globex"), Group("Payments Team", "globex"), Group("CRM Team", "globex"),
            Group("Hosting Partner", "acme"), Group("Network Partner", "initech"),
        ),
        tuple(f"g.agent{number:02d}" for number in range(1, 12)),
        ("svc-observability", "svc-automation", "integration.bus"), ("svc-*", "integration.*"),
        "GLX-{}", "GLC-{}",
    ),
    Supplier(
        "initech", "Initech Workplace", "topdesk",
        (
            Group("Netwerkbeheer", "initech"), Group("Werkplekbeheer", "initech"),
            Group("Identiteitsbeheer", "initech"), Group("Leverancier Acme", "acme"),
            Group("Leverancier Globex", "globex"),
        ),
        tuple(f"i.agent{number:02d}" for number in range(1, 13)),
        ("svc-monitor", "svc-koppeling"), ("svc-*",),
        "I 2601 {:04d}", "W 2601 {:04d}",
    ),
)  # fmt: skip
CUSTOMERS: Final = tuple(f"user{number:03d}" for number in range(1, 181))

COMPONENTS: Final[tuple[Component, ...]] = (
    Component("web-hosting", "acme", ("Web Farm 1", "Web Farm 2", "Load Balancer"), ("webshop", "portal")),
    Component("db-east", "acme", ("Database East",), ("webshop", "portal")),
    Component("db-west", "acme", ("Database West",), ("webshop", "portal")),
    Component("storage", "acme", ("SAN 1", "Backup Vault"), ("workplace",)),
    Component("shop-app", "globex", ("Shop Frontend", "Shop Checkout"), ("webshop",)),
    Component("payment-api", "globex", ("Payment API",), ("payments",)),
    Component("crm", "globex", ("CRM",), ("portal",)),
    Component("wan", "initech", ("Wide Area Network",), ("webshop", "workplace")),
    Component("identity", "initech", ("Identity Provider",), ("portal", "workplace")),
    Component("line-a", "initech", ("Betaallijn A",), ("payments",)),
    Component("line-b", "initech", ("Betaallijn B",), ("payments",)),
    Component("print-1", "initech", ("Printserver 1",), ("workplace",)),
    Component("print-2", "initech", ("Printserver 2",), ("workplace",)),
    Component("print-3", "initech", ("Printserver 3",), ("workplace",)),
)  # fmt: skip
SERVICES: Final[tuple[Service, ...]] = (
    Service("webshop", "Webshop", {"acme": "Webshop", "globex": "Webshop", "initech": "Webwinkel"}),
    Service("payments", "Payments", {"globex": "Payments", "initech": "Betalingen"}),
    Service(
        "portal", "Customer Portal", {"acme": "Customer Portal", "globex": "CRM Portal", "initech": "Klantportaal"}
    ),
    Service("workplace", "Digital Workplace", {"acme": "Workplace Storage", "initech": "Digitale Werkplek"}),
)
NEEDS: Final[Mapping[str, list[object]]] = {
    "webshop": ["acme/web-hosting", "globex/shop-app", "initech/wan", {"any": ["acme/db-east", "acme/db-west"]}],
    "payments": ["globex/payment-api", {"any": ["initech/line-a", "initech/line-b"]}],
    "portal": ["acme/web-hosting", "globex/crm", "initech/identity", {"any": ["acme/db-east", "acme/db-west"]}],
    "workplace": [
        "initech/wan", "initech/identity", "acme/storage",
        {"at_least": 2, "of": ["initech/print-1", "initech/print-2", "initech/print-3"]},
    ],
}  # fmt: skip
"""What a service stands on, as a configuration says it below `needs: all`."""

HOME: Final[Mapping[str, str]] = {
    "web-hosting": "Web Operations", "db-east": "Database Operations", "db-west": "Database Operations",
    "storage": "Storage Operations", "shop-app": "Shop Team", "payment-api": "Payments Team", "crm": "CRM Team",
    "wan": "Netwerkbeheer", "identity": "Identiteitsbeheer", "line-a": "Netwerkbeheer", "line-b": "Netwerkbeheer",
    "print-1": "Werkplekbeheer", "print-2": "Werkplekbeheer", "print-3": "Werkplekbeheer",
}  # fmt: skip
"""The group that looks after a component."""

PARTNER: Final[Mapping[tuple[str, str], str]] = {
    (supplier.key, group.party): group.name for supplier in SUPPLIERS for group in supplier.groups
    if group.party not in (supplier.key, INTEGRATOR)
}  # fmt: skip
"""In a supplier's system, the group that stands for another party."""

SCALE: Final[Mapping[str, tuple[int, int]]] = {"acme": (1, 10), "globex": (1, 5), "initech": (1, 5)}
"""The scale on which a supplier asks its customers."""

UNMAPPED: Final[Mapping[str, tuple[str, str, str]]] = {
    "acme": ("Intranet (old)", "FTP Gateway", "11"),
    "globex": ("Newsletter", "Mail Relay", "Parked"),
    "initech": ("Telefonie", "Faxserver", "Bij leverancier"),
}
"""Names that no configuration mentions: a service, an item, and a state the customer added for waiting."""

TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    "acme": ("{} is slow", "{} does not answer", "Disk of {} fills up", "Certificate on {} expires", "Errors on {}"),
    "globex": ("{}: error 500", "{}: wrong totals", "{}: page stays blank", "{}: time-out", "{}: login loop"),
    "initech": ("{} is traag", "{} reageert niet", "Storing op {}", "Geen toegang via {}", "{} valt weg"),
}
