"""What SQLite and PostgreSQL do differently: how an engine is set up, how a page of rows goes in, who writes when."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Any, Final, Protocol, cast

import sqlalchemy as sa
from sqlalchemy import Column, Connection, Engine, Table, event
from sqlalchemy.dialects import postgresql, sqlite

Row = tuple[Any, ...]

_BUSY: Final = 60_000  # milliseconds that a writer waits for another process's turn
_MIGRATION: Final = 7_461_736  # any number: the advisory lock of migrations


class Dialect(Protocol):
    """One kind of database."""

    def engine(self, url: sa.URL) -> Engine:
        """An engine, set up."""

    def writing(self, engine: Engine) -> AbstractContextManager[Connection]:
        """A transaction that writes."""

    def reading(self, engine: Engine) -> AbstractContextManager[Connection]:
        """A transaction that sees one state of everything."""

    def upsert(self, connection: Connection, table: Table, rows: Sequence[Row], versioned: bool) -> int:
        """Insert rows (in the order of the table's columns) or update older ones; how many rows are now different."""

    def lock_migrations(self, connection: Connection) -> None:
        """Let two processes that start at once migrate one after the other."""


class Sqlite:
    """A file. Writers of this process take turns by a lock, those of others by waiting; readers see a snapshot."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def engine(self, url: sa.URL) -> Engine:
        """An engine whose transactions begin when they say so (the driver would begin them at the first write)."""
        engine = sa.create_engine(url, connect_args={"timeout": _BUSY / 1000, "check_same_thread": False})

        @event.listens_for(engine, "connect")
        def connected(connection: Any, _: Any) -> None:
            connection.isolation_level = None
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", f"busy_timeout = {_BUSY}"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("PRAGMA cache_size = -65536")

        @event.listens_for(engine, "begin")
        def began(connection: Connection) -> None:
            writes = connection.get_execution_options().get("writes", False)
            # A reader that turned into a writer half-way would fail at once where another one holds the turn.
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    @contextmanager
    def writing(self, engine: Engine) -> Iterator[Connection]:
        """A transaction that writes; one at a time."""
        with self._turn, engine.execution_options(writes=True).begin() as connection:
            yield connection

    @contextmanager
    def reading(self, engine: Engine) -> Iterator[Connection]:
        """A transaction that sees one state of everything."""
        with engine.begin() as connection:
            yield connection

    def upsert(self, connection: Connection, table: Table, rows: Sequence[Row], versioned: bool) -> int:
        """Insert rows or update older ones; returns how many rows are now different."""
        return connection.exec_driver_sql(_sqlite_upsert(table, versioned), cast(Any, rows)).rowcount

    def lock_migrations(self, connection: Connection) -> None:
        """Nothing more than the writer's turn is needed."""


class Postgres:
    """A server. Pages go in by COPY into a temporary table, then by one statement."""

    def engine(self, url: sa.URL) -> Engine:
        """An engine that notices dead connections."""
        return sa.create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)

    @contextmanager
    def writing(self, engine: Engine) -> Iterator[Connection]:
        """A transaction that writes."""
        with engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self, engine: Engine) -> Iterator[Connection]:
        """A transaction that sees one state of everything."""
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
            yield connection

    def upsert(self, connection: Connection, table: Table, rows: Sequence[Row], versioned: bool) -> int:
        """Insert rows or update older ones; returns how many rows are now different."""
        incoming, statement = _postgres_upsert(table, versioned)
        connection.exec_driver_sql(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {incoming} (LIKE {table.name}) ON COMMIT DROP"
        )
        driver = cast(Any, connection.connection.driver_connection)
        with driver.cursor() as cursor, cursor.copy(f"COPY {incoming} FROM STDIN") as copy:
            for row in rows:
                # PostgreSQL has no NUL character in a text, JSON has.
                copy.write_row([value.replace("\0", "") if isinstance(value, str) else value for value in row])
        changed = connection.exec_driver_sql(statement).rowcount
        connection.exec_driver_sql(f"TRUNCATE {incoming}")
        return changed

    def lock_migrations(self, connection: Connection) -> None:
        """Two processes that start at once migrate one after the other."""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION})")


def _columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if not column.primary_key]


def _conflict(statement: Any, table: Table, versioned: bool) -> Any:
    """What happens to a row that is there: newer versions replace it, equal ones that read differently too."""
    new = statement.excluded
    different = sa.or_(*(new[column.name].is_distinct_from(column) for column in _columns(table)))
    if versioned:
        here, there = (table.c.changed_at, table.c.revision), (new.changed_at, new.revision)
        newer = sa.or_(there[0] > here[0], sa.and_(there[0] == here[0], there[1] > here[1]))
        same = sa.and_(there[0] == here[0], there[1] == here[1])
        different = sa.or_(newer, sa.and_(same, different))
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={column.name: new[column.name] for column in _columns(table)},
        where=different,
    )


@lru_cache
def _sqlite_upsert(table: Table, versioned: bool) -> str:
    statement = _conflict(sqlite.insert(table), table, versioned)
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="qmark")))


@lru_cache
def _postgres_upsert(table: Table, versioned: bool) -> tuple[str, str]:
    incoming = f"incoming_{table.name}"
    columns: list[Any] = [sa.column(column.name) for column in table.columns]
    source: Any = sa.select(*columns).select_from(sa.table(incoming))
    statement = _conflict(
        postgresql.insert(table).from_select([column.name for column in table.columns], source), table, versioned
    )
    dialect = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no types there
    return incoming, str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
