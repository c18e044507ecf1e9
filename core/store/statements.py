"""The upserts, written once per table as the driver takes them: compiling them anew would cost as much as a page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ColumnElement, Table
from sqlalchemy.dialects import postgresql, sqlite


@dataclass(frozen=True, slots=True)
class PostgresUpsert:
    """What PostgreSQL is told, in this order; rows are copied with the second."""

    prepare: str
    copy: str
    upsert: str
    empty: str


@lru_cache
def sqlite_upsert(table: Table, names: tuple[str, ...] = ()) -> str:
    """One statement for one row that holds these columns, by default all; of the others a row has nothing."""
    given: dict[str, Any] = {name: sa.bindparam(name) for name in names or table.columns.keys()}
    statement = _resolved(sqlite.insert(table).values(given), table)
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="qmark")))


@lru_cache
def postgres_upsert(table: Table, given: tuple[str, ...] = ()) -> PostgresUpsert:
    """Statements for many such rows by way of a temporary table that lives as long as the transaction."""
    dialect = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no types there
    incoming = f"incoming_{table.name}"
    names = [column.name for column in table.columns]
    listed = ", ".join(dialect.identifier_preparer.quote(name) for name in given or names)
    columns: list[Any] = [sa.column(name) for name in names]
    source: Any = sa.select(*columns).select_from(sa.table(incoming))
    statement = _resolved(postgresql.insert(table).from_select(names, source), table)
    return PostgresUpsert(
        prepare=f"CREATE TEMPORARY TABLE IF NOT EXISTS {incoming} (LIKE {table.name}) ON COMMIT DROP",
        copy=f"COPY {incoming} ({listed}) FROM STDIN",
        upsert=str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})),
        empty=f"TRUNCATE {incoming}",
    )


def _resolved(statement: Any, table: Table) -> Any:
    """What happens to a row that is there already."""
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={column.name: new[column.name] for column in _columns(table)},
        where=_wins(table, new),
    )


def _wins(table: Table, new: Any) -> ColumnElement[bool]:
    """That the new row replaces the old: a newer version does, an equal one only where it reads differently."""
    data = [column for column in _columns(table) if column.name != "reading"]
    differs = sa.or_(*(new[column.name].is_distinct_from(column) for column in data))
    if "reading" in table.c:
        # Readings only go up: two streams that tell the same do not take the row from each other for ever.
        differs = sa.or_(differs, new.reading > table.c.reading)
    if "revision" not in table.c:
        return differs
    at, revision = table.c.changed_at, table.c.revision
    newer = sa.or_(new.changed_at > at, sa.and_(new.changed_at == at, new.revision > revision))
    same = sa.and_(new.changed_at == at, new.revision == revision)
    return sa.or_(newer, sa.and_(same, differs))


def _columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if not column.primary_key]
