"""The store as the rest of the hub sees it: open, keep a page, read facts, remember how passes ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from core.actions import Action
from core.closed import ClosedMonth
from core.facts import Facts
from core.invitations import Invitation
from core.model import Instant, Page
from core.reviews import Remark, Review
from core.status import CensusEnd, Estimated, HeldTicket, PassEnd, RejectKept, SetAside
from core.store.actions import add_action, finish_action, load_actions
from core.store.connect import connect
from core.store.dialects import Dialect
from core.store.gone import held, settle
from core.store.invitations import answered, find_invitation, invite, use_invitation
from core.store.load import watermarks
from core.store.memory import Memory, recall
from core.store.migrate import StoreError
from core.store.months import closed_months, keep_month, load_month
from core.store.reviews import load_remarks, replace_reviews
from core.store.save import save
from core.store.tables import (
    CENSUS,
    CHECKPOINT,
    COUNTER,
    EVENT,
    LAST_PASS,
    REJECT,
    SOURCE,
    TICKET,
    TICKET_KEY,
    UNMAPPED,
)

__all__ = ["Kept", "Mark", "Store", "StoreError", "open_store"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A stored checkpoint, in the connector's own words, and the mapping with which the stream was read so far."""

    text: str
    mapping_digest: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a page: whether anything that figures rest on is now different."""

    changed: bool


def open_store(url: str) -> Store:
    """Connect and bring the tables to this version. StoreError where the database cannot be used."""
    opened = connect(url)
    return Store(opened.engine, opened.dialect, opened.shown)


class Store:
    """An open store. Threads may use it side by side: writers take turns, a reader sees one state of everything."""

    def __init__(self, engine: Engine, dialect: Dialect, shown: str) -> None:
        self._engine = engine
        self._dialect = dialect
        self.shown = shown
        """The database as messages may name it."""

    def source_id(self, supplier: str, source: str) -> int:
        """The id of a source, registered when it is new."""
        query = sa.select(SOURCE.c.id).where(SOURCE.c.supplier == supplier, SOURCE.c.name == source)
        with self._dialect.writing(self._engine) as connection:
            found = connection.execute(query).scalar()
            if found is None:
                new = self._dialect.insert(SOURCE).values(supplier=supplier, name=source)
                connection.execute(new.on_conflict_do_nothing())
                found = connection.execute(query).scalar_one()
            return int(found)

    def checkpoint(self, source_id: int, stream: str) -> Mark | None:
        """Where the stream's last pass ended, or None."""
        query = sa.select(CHECKPOINT.c.text, CHECKPOINT.c.mapping_digest).where(
            CHECKPOINT.c.source_id == source_id, CHECKPOINT.c.stream == stream
        )
        with self._dialect.reading(self._engine) as connection:
            row = connection.execute(query).first()
        return Mark(row.text, row.mapping_digest) if row else None

    def save(self, source_id: int, page: Page, mapping_digest: str, now: Instant) -> Kept:
        """Keep a page's records and its checkpoint in one transaction; see `core.store.save`."""
        with self._dialect.writing(self._engine) as connection:
            return Kept(save(connection, self._dialect, source_id, page, mapping_digest, now))

    def record_pass(self, source_id: int, started: Instant, ended: Instant, state: str, reason: str, read: int) -> None:
        """Keep how a pass ended. After a good one, what a former mapping set aside or did not know is forgotten."""
        values: dict[str, Any] = {
            "started_at": started,
            "ended_at": ended,
            "state": state,
            "reason": reason,
            "read": read,
        }
        if state == "ok":
            values["last_success"] = ended
        with self._dialect.writing(self._engine) as connection:
            ended_so = self._dialect.insert(LAST_PASS).values(source_id=source_id, **values)
            connection.execute(ended_so.on_conflict_do_update(index_elements=[LAST_PASS.c.source_id], set_=values))
            if state == "ok":
                for table in (REJECT, UNMAPPED):
                    in_force = sa.select(CHECKPOINT.c.mapping_digest).where(
                        CHECKPOINT.c.source_id == source_id, CHECKPOINT.c.stream == table.c.stream
                    )
                    outdated = table.c.mapping_digest.not_in(in_force.correlate(table))
                    connection.execute(sa.delete(table).where(table.c.source_id == source_id, outdated))

    def replace_reviews(self, reviews: Sequence[Review], origin: str, now: Instant) -> int:
        """Keep peer reviews in place of those of the same origin, month and reviewer; how many were there before."""
        with self._dialect.writing(self._engine) as connection:
            return replace_reviews(connection, reviews, origin, now)

    def invite(self, invitations: Sequence[Invitation], now: Instant) -> None:
        """Keep invitations to review in place of the unused ones of the same parties and months."""
        with self._dialect.writing(self._engine) as connection:
            invite(connection, invitations, now)

    def answered(self, period: str) -> Sequence[str]:
        """The parties that have sent a form for a month, in the order of the alphabet."""
        with self._dialect.reading(self._engine) as connection:
            return answered(connection, period)

    def invitation(self, digest: str) -> Invitation | None:
        """The invitation with this digest, used and expired ones too."""
        with self._dialect.reading(self._engine) as connection:
            return find_invitation(connection, digest)

    def use_invitation(self, invitation: Invitation, reviews: Sequence[Review], now: Instant) -> bool:
        """Keep a form's reviews and use its invitation up; False, and nothing is kept, where it may not be used."""
        with self._dialect.writing(self._engine) as connection:
            return use_invitation(connection, invitation, reviews, now)

    def facts(self, sources: Sequence[tuple[str, str]]) -> Facts:
        """Everything stored of these sources, (supplier, source), as columns; one state of the database."""
        return self.recall(sources, None).facts

    def recall(self, sources: Sequence[tuple[str, str]], memory: Memory | None) -> Memory:
        """The same with what it takes to be brought up to date: only what changed since `memory` is read."""
        with self._dialect.reading(self._engine) as connection:
            return recall(connection, self._dialect, sources, memory)

    def keep_month(self, closed: ClosedMonth) -> bool:
        """Keep a closed month; False, and nothing is kept, where it is closed already."""
        with self._dialect.writing(self._engine) as connection:
            return keep_month(connection, self._dialect, closed)

    def month(self, text: str) -> ClosedMonth | None:
        """A closed month, "2026-10", with its figures; None where it is not closed."""
        with self._dialect.reading(self._engine) as connection:
            return load_month(connection, text)

    def closed_months(self) -> Sequence[str]:
        """The months that are closed, in order."""
        with self._dialect.reading(self._engine) as connection:
            return closed_months(connection)

    def remarks(self, period: str) -> Sequence[Remark]:
        """What was written in peer reviews for a month; for the board pack alone."""
        with self._dialect.reading(self._engine) as connection:
            return load_remarks(connection, period)

    def add_action(self, action: Action) -> Action:
        """Keep a new improvement action; the same with its number."""
        with self._dialect.writing(self._engine) as connection:
            return add_action(connection, action)

    def finish_action(self, number: int, at: Instant) -> bool:
        """An action is done; False where there is none of that number that is not done yet."""
        with self._dialect.writing(self._engine) as connection:
            return finish_action(connection, number, at)

    def actions(self) -> Sequence[Action]:
        """All improvement actions, in the order in which they were agreed."""
        with self._dialect.reading(self._engine) as connection:
            return load_actions(connection)

    def last_passes(self) -> Mapping[tuple[str, str], PassEnd]:
        """How the last pass over each source ended, by (supplier, source)."""
        with self._dialect.reading(self._engine) as connection:
            marks = watermarks(connection)
            query = sa.select(SOURCE.c.supplier, SOURCE.c.name, LAST_PASS).join_from(LAST_PASS, SOURCE)
            return {
                (row.supplier, row.name): PassEnd(
                    row.state, row.reason, row.ended_at, row.read, row.last_success, marks.get(row.source_id)
                )
                for row in connection.execute(query)
            }

    def held(self, source_id: int) -> Mapping[str, HeldTicket]:
        """The tickets of a source by the vendor's id, those that are gone too."""
        with self._dialect.reading(self._engine) as connection:
            return held(connection, source_id)

    def settle(self, source_id: int, gone: Mapping[str, str], at: Instant) -> Kept:
        """Keep which tickets are gone since `at`: id -> one of `core.model.GONE`."""
        with self._dialect.writing(self._engine) as connection:
            return Kept(settle(connection, self._dialect, source_id, gone, at) > 0)

    def record_census(self, source_id: int, end: CensusEnd) -> None:
        """Keep how a census ended."""
        values = {column.name: getattr(end, column.name) for column in CENSUS.columns if column.name != "source_id"}
        with self._dialect.writing(self._engine) as connection:
            ended = self._dialect.insert(CENSUS).values(source_id=source_id, **values)
            connection.execute(ended.on_conflict_do_update(index_elements=[CENSUS.c.source_id], set_=values))

    def censuses(self) -> Mapping[tuple[str, str], CensusEnd]:
        """How the last census of each source ended, by (supplier, source)."""
        names = [column for column in CENSUS.columns if column.name != "source_id"]
        query = sa.select(SOURCE.c.supplier, SOURCE.c.name, *names).join_from(CENSUS, SOURCE)
        with self._dialect.reading(self._engine) as connection:
            return {
                (row[0], row[1]): CensusEnd(**dict(zip((n.name for n in names), row[2:], strict=True)))
                for row in connection.execute(query)
            }

    def set_aside(self) -> Sequence[SetAside]:
        """By source: how many records are kept aside for which reason, and which values no map knows."""
        rejects: dict[tuple[str, str], dict[str, int]] = {}
        unmapped: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
        suspects: dict[tuple[str, str], dict[str, int]] = {}
        who = (SOURCE.c.supplier, SOURCE.c.name)
        with self._dialect.reading(self._engine) as connection:
            query: Any = sa.select(*who, REJECT.c.reason, sa.func.count()).join_from(REJECT, SOURCE)
            for supplier, name, reason, count in connection.execute(query.group_by(*who, REJECT.c.reason)):
                rejects.setdefault((supplier, name), {})[reason] = count
            query = sa.select(*who, UNMAPPED.c.field, UNMAPPED.c.value, sa.func.sum(UNMAPPED.c.count))
            query = query.join_from(UNMAPPED, SOURCE).group_by(*who, UNMAPPED.c.field, UNMAPPED.c.value)
            for supplier, name, field, value, count in connection.execute(query):
                unmapped.setdefault((supplier, name), {})[field, value] = int(count)
            query = sa.select(*who, TICKET.c.suspect, sa.func.count())
            query = query.join_from(TICKET, TICKET_KEY, TICKET.c.ticket == TICKET_KEY.c.id)
            query = query.join(SOURCE, TICKET_KEY.c.source_id == SOURCE.c.id)
            query = query.where(TICKET.c.suspect.is_not(None), TICKET_KEY.c.gone.is_(None)).group_by(
                *who, TICKET.c.suspect
            )
            for supplier, name, word, count in connection.execute(query):
                suspects.setdefault((supplier, name), {})[word] = count
        keys = sorted({*rejects, *unmapped, *suspects})
        return [SetAside(*key, rejects.get(key, {}), unmapped.get(key, {}), suspects.get(key, {})) for key in keys]

    def estimated(self) -> Sequence[Estimated]:
        """By source: the events that the hub observed itself and could only estimate the moment of."""
        span = EVENT.c.at - EVENT.c.earliest
        names = (SOURCE.c.supplier, SOURCE.c.name)
        query = sa.select(*names, sa.func.count(), sa.func.avg(span), sa.func.max(span))
        query = query.join_from(EVENT, SOURCE, EVENT.c.source_id == SOURCE.c.id)
        with self._dialect.reading(self._engine) as connection:
            rows = connection.execute(query.where(span > 0).group_by(*names).order_by(*names)).all()
        return [Estimated(row[0], row[1], row[2], round(row[3]), row[4]) for row in rows]

    def rejected(self, limit: int = 100) -> Sequence[RejectKept]:
        """Records that are kept aside, the latest first."""
        query = sa.select(SOURCE.c.supplier, SOURCE.c.name, REJECT).join_from(REJECT, SOURCE)
        query = query.order_by(REJECT.c.seen_at.desc(), REJECT.c.key).limit(limit)
        with self._dialect.reading(self._engine) as connection:
            return [
                RejectKept(row.supplier, row.name, row.stream, row.key, row.reason, row.detail, row.seen_at)
                for row in connection.execute(query)
            ]

    def raise_counter(self, supplier: str, name: str, value: int) -> int:
        """Keep the highest value that a supplier's counter ever had, and return it."""
        query = sa.select(COUNTER.c.value).where(COUNTER.c.supplier == supplier, COUNTER.c.name == name)
        with self._dialect.reading(self._engine) as connection:
            known = connection.execute(query).scalar()
        if known is not None and known >= value:
            return int(known)
        with self._dialect.writing(self._engine) as connection:
            seen = self._dialect.insert(COUNTER).values(supplier=supplier, name=name, value=value)
            raised = seen.on_conflict_do_update(
                index_elements=list(COUNTER.primary_key.columns),
                set_={"value": seen.excluded.value},
                where=seen.excluded.value > COUNTER.c.value,  # another process may have raised it meanwhile
            )
            connection.execute(raised)
            return int(connection.execute(query).scalar_one())

    def ping(self) -> None:
        """Raises what the driver raises when the database does not answer."""
        with self._dialect.reading(self._engine) as connection:
            connection.execute(sa.select(SOURCE.c.id).limit(1))

    def close(self) -> None:
        """Give up the connections."""
        self._engine.dispose()
