"""The streams of one source, compiled when they are first wanted, and anew where the system tells other things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.client import Client
from connectors.discovery import Discoveries
from connectors.manifest import Manifest
from connectors.plan import Plan, compile_stream, switched_on
from connectors.template import Values
from core.connector import AnswerError, SourceConfig
from core.model import Instant


class Plans:
    """What hangs on the operator's options, and on what the system says of itself."""

    def __init__(
        self, manifest: Manifest, config: SourceConfig, options: Mapping[str, Any], fixed: Values, client: Client
    ) -> None:
        """`fixed`: placeholders that no answer changes."""
        self._manifest, self._config, self._options, self._fixed = manifest, config, options, fixed
        self._where = f"{config.supplier}/{config.source}"
        self._discoveries = Discoveries(manifest.discover, client, fixed, self._where, manifest.entities)
        self._made: dict[str, Plan] = {}
        self._version = 0  # of the discoveries with which plans were made

    @property
    def streams(self) -> Sequence[str]:
        """Those that the operator's options do not switch off."""
        return [name for name, stream in self._manifest.streams.items() if switched_on(stream.enabled, self._fixed)]

    @property
    def lacking(self) -> bool:
        """Whether a record bore a word that the system may tell when it is asked again."""
        return self._discoveries.lacking

    @property
    def refused(self) -> Mapping[str, str]:
        """Questions to the system that it does not answer, and why; the source is read without them."""
        return self._discoveries.refused

    def of(self, name: str, now: Instant) -> Plan:
        """The plan of a stream. Asks the system what is not known, or not any more. Raises a `SourceError`."""
        self._discoveries.ask(now)
        if self._version != self._discoveries.version:
            self._made.clear()
            self._version = self._discoveries.version
        if name not in self._made:
            try:
                self._made[name] = compile_stream(
                    name,
                    self._manifest,
                    self._options,
                    self._fixed,
                    self._discoveries,
                    self._config.automation,
                    self._where,
                )
            except ValueError as error:  # a value that the operator or the system gave is not what it should be
                raise AnswerError(f"{self._where}: {name}: {error}") from error
        return self._made[name]

    def wanted(self, plan: Plan) -> bool:
        """Whether a stream is read here: switched on, and the history that it goes on with is the one in use."""
        stream = plan.said
        if not switched_on(stream.enabled, plan.values):
            return False
        if stream.follows is None:
            return True
        name, _, history = stream.follows.partition(".")
        followed = self._made.get(name)
        return followed is not None and followed.histories is not None and followed.histories.in_use(history)
