"""Which placeholders a request must bear, and which mean nothing in it: by its paging, its cursor and what it asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from connectors.listing import placeholders
from connectors.manifest_paging import Keyset, Paging
from connectors.manifest_request import Request

_NEEDED: Final[Mapping[str, str]] = {"offset": "offset", "page": "page", "token": "token", "keyset": "range"}
_USED: Final[Mapping[str, frozenset[str]]] = {
    "none": frozenset(),
    "offset": frozenset(("size", "offset", "last")),
    "page": frozenset(("size", "page")),
    "next": frozenset(("size", "offset", "last", "page")),  # in the first address
    "token": frozenset(("size", "token")),
    "keyset": frozenset(("size", "offset", "last", "range", "after")),
}
"""Kind of paging -> the placeholders that it fills."""
_ALL: Final = frozenset(name for names in _USED.values() for name in names)
_FIRST: Final = re.compile(r"\{ids\|first\b")


def misplaced(request: Request, paging: Paging) -> Iterator[str]:
    """What is wrong with a request that is asked in pages: without its place each page would be the same one."""
    names = placeholders(request)
    needed = _NEEDED.get(paging.kind)
    if needed is not None and needed not in names:
        yield f"paging by {paging.kind} needs {{{needed}}} in the request: without it every page is the same"
    for name in sorted((names & _ALL) - _USED[paging.kind]):
        fits = " or ".join(kind for kind, used in _USED.items() if name in used)
        yield f"{{{name}}} means nothing with paging: {paging.kind}; leave it out, or say paging of kind {fits}"


def asks_all(request: Request, batch: int) -> Iterator[str]:
    """What is wrong with a request for the records of some ids."""
    if "ids" not in placeholders(request):
        yield "needs {ids} in the request: without it every question is the same"
    elif batch > 1 and any(_FIRST.search(text) for text in _texts([request.path, *_parts(request)])):
        yield f"{{ids|first}} asks for one of the {batch} that a request is for; say batch: 1, or {{ids}}"


def since_told(request: Request, paging: Paging) -> bool:
    """Whether a request asks for what has changed since a moment."""
    return "since" in placeholders(request) or (isinstance(paging, Keyset) and "{since" in paging.start)


def _parts(request: Request) -> list[Any]:
    return [request.query, request.headers, request.form, request.json_body]


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _texts(part)
