"""The rules as the file that Prometheus reads, and the page that its runbook links lead to."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from exporters.rules.alerts import ALERTS
from exporters.rules.records import RECORDS
from exporters.rules.rule import Alert

RUNBOOKS: Final = "docs/alerts.md"
"""Where the runbook links lead; put the address under which your people find the page in its place."""
_HEAD: Final = """\
# Made by `python -m exporters.rules`: edit exporters/rules, not this file. What each alert means: docs/alerts.md.
# The job is called siamhub; a scrape once a minute is enough. `runbook_url` is a path in siamhub's repository: put the
# address under which your people find the page before it.
"""
_INTRODUCTION: Final = """\
# Alerts

Made from `exporters/rules` by `python -m exporters.rules`, as are the rules in `config/prometheus/rules/siamhub.yml`.
`config/alertmanager/alertmanager.yml` is an example of who is told: each party of a hand-over, the service's owner, the
operator of siamhub; what follows from something else that is wrong is kept back.

- Figures are those of the window `30d` (and `month`, where it says so); they alert only while they are fresh.
- Every alert has the labels `severity` (`critical`: today; `warning`: this week; `info`: good to know) and `about`
  (`service`, `handover`, `source`, `board` or `hub`), to be routed by.
- Alerts about services and hand-overs are questions to solve together; none compares suppliers.
"""


def rules_file() -> str:
    """The rules as YAML."""
    records = [{"record": each.name, "expr": _block(each.expression)} for each in RECORDS]
    # One group: its rules are evaluated in order, so that an alert sees what was recorded at the same instant.
    groups = [{"name": "siamhub", "rules": [*records, *(_alert(each) for each in ALERTS)]}]
    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    yaml.dump({"groups": groups}, out)
    return _HEAD + out.getvalue()


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": _block(alert.expression),
        "for": alert.lasting,
        "labels": {"severity": alert.severity, "about": alert.about, **alert.labels},
        "annotations": {
            "summary": alert.summary,
            "description": alert.advice,
            "runbook_url": f"{RUNBOOKS}#{alert.name.lower()}",
        },
    }


def _block(expression: str) -> str:
    return LiteralScalarString(expression) if "\n" in expression else expression


def alerts_page() -> str:
    """The page as Markdown, one section for each alert."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    yield "| alert | severity | about |"
    yield "|---|---|---|"
    yield from (f"| [{each.name}](#{each.name.lower()}) | {each.severity} | {each.about} |" for each in ALERTS)
    yield ""
    for alert in ALERTS:
        yield f"## {alert.name}\n"
        yield f"**Meaning.** {alert.meaning}\n"
        yield f"**First look.** {alert.first_look}\n"
        yield f"**What to do.** {alert.mending}\n"
        yield f"Fires when this has held for {alert.lasting}:\n"
        yield f"```promql\n{alert.expression}\n```\n"
    yield "## Recorded series\n"
    yield "| series | what it is |"
    yield "|---|---|"
    yield from (f"| `{each.name}` | {each.about} |" for each in RECORDS)
    yield ""
