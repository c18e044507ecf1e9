"""Connectors that exist in name only: what a configuration is checked against without the real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.connector import Connector, Credentials, Observer, Problem, SourceConfig


class FakeKinds:
    """Knows three connectors, the login `basic` and the option `projects`."""

    def names(self) -> Sequence[str]:
        return ("servicenow", "jira", "topdesk")

    def problems(self, name: str, auth: Credentials, options: Mapping[str, Any]) -> Sequence[Problem]:
        wrong = [Problem(("options", key), "no such option") for key in options if key != "projects"]
        if auth.type not in ("none", "basic"):
            wrong.append(Problem(("auth", "type"), "no such login; write basic"))
        elif auth.type == "basic" and not auth.values.get("password"):
            wrong.append(Problem(("auth",), "password is missing"))
        return wrong

    def make(self, name: str, config: SourceConfig, observer: Observer) -> Connector:
        raise NotImplementedError
