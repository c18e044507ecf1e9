"""What the fields of a record hold, in words: for the reference of the manifest language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from core.model import CHANGE_TYPES, OUTAGE_TYPES, OUTCOMES, STATES


def _one_of(values: Sequence[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


_VERSION: Final = {
    "changed_at": "when the record was changed last; needed, older versions never replace newer ones",
    "revision": "a whole number that tells versions of the same moment apart",
}
FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "ticket": {
        "vendor_id": "the id, unique in the source and for the ticket's whole life; needed",
        "kind": "`incident` or `change`; what is mapped to neither is left out",
        "number": "what people quote",
        "url": "where a person sees the ticket",
        "state": f"one of {_one_of(STATES)}",
        "vendor_state": "the system's own word for it",
        "priority": "1 (the highest) to 5",
        "major": "1 where it is flagged as a major incident, else 0",
        "opened_at": "when it was opened",
        "first_response_at": "the system's own first response; it counts only where no history names an actor",
        "resolved_at": "the last resolution, as the record has it",
        "closed_at": "when it was closed",
        "outage_start, outage_end": "an outage as it was typed on the ticket",
        "group": "the name of the group that has it, as the setting `groups` matches it",
        "component, service": "their names in this system, as the settings `components` and `services` match them",
        "reopen_count, reassignment_count": "the system's own counters",
        "change_type": f"of changes one of {_one_of(CHANGE_TYPES)}",
        "requested_at, approved_at": "of changes",
        "planned_start, planned_end": "of changes",
        "actual_start, actual_end": "of changes",
        "outcome": f"of changes one of {_one_of(OUTCOMES)}",
        **_VERSION,
    },
    "outage": {
        "vendor_id": "the id, unique in the source; needed",
        "ticket": "the `vendor_id` of the ticket that it belongs to",
        "component, service": "their names in this system",
        "type": f"one of {_one_of(OUTAGE_TYPES)}: only the first is downtime, the second is maintenance",
        "start": "when it began; needed",
        "end": "when it ended; nothing: it goes on",
        "approved_at": "of planned ones",
        **_VERSION,
    },
    "response": {
        "vendor_id": "the id, unique in the source; needed",
        "ticket": "the `vendor_id` of the ticket that it is about",
        "at": "when it was given",
        "score": "what the customer answered, a number; needed",
        "scale_min, scale_max": "the worst and the best answer there is; needed, mostly `{const: 1}` and `{const: 5}`",
        **_VERSION,
    },
}
"""By kind of record: what each field of its `map` holds."""
