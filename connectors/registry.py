"""The connectors there are: shipped manifests, the operator's own folder, installed packages."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final

import orjson

from connectors import auth, options
from connectors.load import load
from connectors.manifest import Manifest, schema
from connectors.rest import connect
from core.connector import Connector, Credentials, ManifestError, Observer, Problem, SourceConfig

SHIPPED: Final = Path(__file__).parent
GROUP: Final = "siamhub.connectors"


class Registry:
    """Connectors by name; see `core.connector.Kinds`. The operator's manifests come before shipped ones."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: the operator's own manifests. Raises `ManifestError` where it is no folder."""
        if folder is not None and not folder.is_dir():
            raise ManifestError(f"{folder}: is no folder; `connectors` names the folder of your own manifests")
        self._files = {file.parent.name: file for file in sorted(SHIPPED.glob("*/manifest.yaml"))}
        self._shipped = frozenset(self._files)
        self._originals: Mapping[str, Path] = dict(self._files)
        if folder is not None:
            own = {file.parent.name: file for file in sorted(folder.glob("*/manifest.yaml"))}
            own |= {file.stem: file for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])}
            self._files |= own
            self._shipped -= own.keys()
        self._packages: Mapping[str, EntryPoint] = {
            point.name: point for point in entry_points(group=GROUP) if point.name not in self._files
        }

    def names(self) -> Sequence[str]:
        """Names that a source's `connector` may bear, in order."""
        return sorted({*self._files, *self._packages})

    def problems(self, name: str, auth_: Credentials, options_: Mapping[str, Any]) -> Sequence[Problem]:
        """What is wrong with a source's login and options. Raises `ManifestError` where the manifest is wrong."""
        if name in self._packages:
            # A package checks its options where its class offers `problems(auth, options)`; else nobody does.
            offered: Callable[[Credentials, Mapping[str, Any]], Sequence[Problem]] | None
            offered = getattr(self._package(name), "problems", None)
            return offered(auth_, options_) if offered else []
        manifest = self.manifest(name)
        return [*auth.problems(manifest.auth, auth_), *options.problems(manifest, options_)]

    def make(self, name: str, config: SourceConfig, observer: Observer) -> Connector:
        """A connector for one source. Raises `ManifestError`."""
        if name in self._packages:
            return self._package(name)(config, observer)
        manifest = self.manifest(name)
        wrong = [
            *auth.problems(manifest.auth, config.credentials),
            *options.problems(manifest, config.options),
        ]
        if wrong:
            place = f"{config.place}: " if config.place else ""
            raise ManifestError("\n".join(f"{place}{'.'.join(map(str, p.path))}: {p.message}" for p in wrong))
        return connect(manifest, config, observer)

    def _package(self, name: str) -> Callable[[SourceConfig, Observer], Connector]:
        point = self._packages[name]
        try:
            made: Callable[[SourceConfig, Observer], Connector] = point.load()
        except (ImportError, AttributeError) as error:
            raise ManifestError(
                f"the connector {name!r} of an installed package cannot be loaded from {point.value}: {error}"
            ) from error
        return made

    def manifest(self, name: str) -> Manifest:
        """The manifest of that name. Raises `ManifestError`, also where there is none."""
        if name not in self._files:
            close = difflib.get_close_matches(name, self.names(), 1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise ManifestError(f"there is no connector {name!r}; {hint}known are {', '.join(self.names())}")
        return load(self._files[name], self._extended)

    def _extended(self, path: Path, name: str) -> Path:
        """The file that another one extends; a manifest of the same name as a shipped one extends that one."""
        file = self._files.get(name)
        if file is None or file == path:
            file = self._originals.get(name)
        if file is None:
            raise ManifestError(f"{path}: extends: there is no manifest {name!r}; known are {', '.join(self._files)}")
        return file

    def origin(self, name: str) -> str:
        """Where a connector comes from: "shipped", a file, or "package"."""
        if name in self._packages:
            return f"package {self._packages[name].value}"
        return "shipped" if name in self._shipped else str(self._files[name])

    def describe(self, name: str) -> Mapping[str, Any]:
        """A connector as plain data: title, description, logins, options, streams. Raises `ManifestError`."""
        if name in self._packages:
            return {"name": name, "origin": self.origin(name)}
        manifest = self.manifest(name)
        return {
            "name": name,
            "title": manifest.title,
            "origin": self.origin(name),
            "description": manifest.description.strip(),
            "auth": list(auth.types(manifest.auth)),
            "options": {
                key: {
                    "type": option.type,
                    "default": option.default,
                    "description": option.description,
                    **({"choices": list(option.choices)} if option.choices else {}),
                }
                for key, option in manifest.options.items()
            },
            "streams": {
                key: {"request": f"{stream.request.method} {stream.request.path}", "without_it": stream.suffers}
                for key, stream in manifest.streams.items()
            },
        }

    def listing(self, as_json: bool = False) -> str:
        """Every connector by name, title and origin, for the command line."""
        found = [
            {key: self.describe(name).get(key, "") for key in ("name", "title", "origin")} for name in self.names()
        ]
        if as_json:
            return orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
        return "".join(f"{one['name']:<16} {one['title']:<28} {one['origin']}\n" for one in found)

    def description(self, name: str, as_json: bool = False) -> str:
        """One connector with its options explained, for the command line. Raises `ManifestError`."""
        said = self.describe(name)
        if as_json:
            return orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
        lines = [f"{said['name']}: {said.get('title', '')} ({said['origin']})", said.get("description", ""), ""]
        lines += [f"auth types: {', '.join(said.get('auth', ())) or 'none'}", "", "options:"]
        for key, option in said.get("options", {}).items():
            default = f", default {orjson.dumps(option['default']).decode()}" if option["default"] is not None else ""
            lines += [f"  {key} ({option['type']}{default})", f"      {option['description']}"]
        lines += ["", "streams:"]
        for key, stream in said.get("streams", {}).items():
            lines.append(f"  {key:<16} {stream['request']}")
            if stream["without_it"]:
                lines.append(f"      without it: {stream['without_it']}")
        return "\n".join(lines) + "\n"

    def schema(self) -> dict[str, Any]:
        """JSON Schema of manifests, for editors."""
        return schema()
