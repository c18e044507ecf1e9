"""What SQLite and PostgreSQL do differently: how an engine is set up, how a page of rows goes in, who writes when."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Protocol, TypeAlias, cast

import orjson
import sqlalchemy as sa
from sqlalchemy import Column, ColumnElement, Connection, Engine, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY

from core.store.statements import postgres_upsert, sqlite_upsert
from core.store.tables import TICKET_KEY

Row: TypeAlias = tuple[Any, ...]
Names: TypeAlias = Sequence[str]
Insert: TypeAlias = sqlite.Insert | postgresql.Insert

_BUSY: Final = 60_000  # milliseconds that a writer waits for another process's turn
_MIGRATION: Final = 7_461_736  # any number: the advisory lock of migrations
_PRAGMAS: Final = (
    f"busy_timeout = {_BUSY}",
    "synchronous = NORMAL",  # a power cut may cost the last pages with their checkpoints: they are read again
    "cache_size = -16384",
    "wal_autocheckpoint = 8192",  # pages; a first sync writes much, and copying back at every page costs half of it
)


class Dialect(Protocol):
    """One kind of database."""

    def __hash__(self) -> int:
        """Statements are kept by the dialect that they were made for."""

    def engine(self, url: sa.URL) -> Engine:
        """An engine, set up."""

    def writing(self, engine: Engine) -> AbstractContextManager[Connection]:
        """A transaction that writes."""

    def reading(self, engine: Engine) -> AbstractContextManager[Connection]:
        """A transaction that sees one state of everything."""

    def lock_migrations(self, connection: Connection) -> None:
        """Let two processes that start at once migrate one after the other."""

    def many(self, values: Sequence[Any]) -> Any:
        """Many texts, or many numbers, as one bound value."""

    def among(self, column: Column[Any], values: Sequence[Any] | str) -> ColumnElement[bool]:
        """That the column has one of many values: of these, or of those that are bound by this name."""

    def give_numbers(self, connection: Connection, source_id: int, ids: Sequence[str]) -> dict[str, int]:
        """The store's numbers for tickets of a source that have none yet, by the vendor's ids."""

    def insert(self, table: Table) -> Insert:
        """An insert of one row that can say what to do on a conflict."""

    def upsert(self, connection: Connection, table: Table, rows: Sequence[Row], names: Names = ()) -> int:
        """Insert rows or update them; how many rows are now different.

        Rows hold the columns of these names, by default all, in the order of the table's; in others nothing stands. A
        table with a `revision` keeps what is newer by (changed_at, revision).
        """


_HIGHEST: Final = sa.select(sa.func.coalesce(sa.func.max(TICKET_KEY.c.id), 0))
_NUMBERED: Final = sa.text(
    "INSERT INTO ticket_key (id, source_id, vendor_id) SELECT :first + key, :source, value FROM json_each(:ids)"
)


class Sqlite:
    """A file. Writers of this process take turns by a lock, those of others by waiting; readers see a snapshot."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def engine(self, url: sa.URL) -> Engine:
        """An engine whose transactions begin when they say so (the driver would begin them at the first write)."""
        engine = sa.create_engine(
            url,
            connect_args={"timeout": _BUSY / 1000, "check_same_thread": False},
            pool_use_lifo=True,  # the connection used last has the pages in its cache that are wanted next
        )

        @event.listens_for(engine, "connect")
        def connected(connection: Any, _: Any) -> None:
            connection.isolation_level = None
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            _write_ahead(connection)

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

    def lock_migrations(self, connection: Connection) -> None:
        """Nothing more than the writer's turn is needed."""

    def many(self, values: Sequence[Any]) -> Any:
        """One text, however many there are: SQLite limits their number and SQLAlchemy would write each."""
        return orjson.dumps(values).decode()

    def among(self, column: Column[Any], values: Sequence[Any] | str) -> ColumnElement[bool]:
        """Whether a column is one of the values."""
        bound: Any = sa.bindparam(values, type_=sa.Text) if isinstance(values, str) else sa.literal(self.many(values))
        return column.in_(sa.select(sa.func.json_each(bound).table_valued("value").c.value))

    def give_numbers(self, connection: Connection, source_id: int, ids: Sequence[str]) -> dict[str, int]:
        """The numbers that follow the highest: nobody else writes meanwhile, and asking what came of it costs more."""
        first = connection.execute(_HIGHEST).scalar_one() + 1
        connection.execute(_NUMBERED, {"first": first, "source": source_id, "ids": self.many(ids)})
        return dict(zip(ids, range(first, first + len(ids)), strict=True))

    def insert(self, table: Table) -> Insert:
        """An insert of one row."""
        return sqlite.insert(table)

    def upsert(self, connection: Connection, table: Table, rows: Sequence[Row], names: Names = ()) -> int:
        """Insert rows or update them; returns how many rows are now different."""
        if not rows:
            return 0
        return connection.exec_driver_sql(sqlite_upsert(table, tuple(names)), cast(Any, list(rows))).rowcount


def _write_ahead(connection: Any) -> None:
    """Let readers see a snapshot while one writes. The file remembers it: only its first opener changes anything."""
    deadline = time.monotonic() + _BUSY / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # SQLite does not wait here as it does elsewhere: of two first openers, one is turned away at once.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


class Postgres:
    """A server. Pages go in by COPY into a temporary table, then by one statement."""

    def engine(self, url: sa.URL) -> Engine:
        """An engine that notices dead connections."""
        patience = {} if "connect_timeout" in url.query else {"connect_timeout": 10}
        return sa.create_engine(
            url, connect_args=patience, pool_pre_ping=True, pool_size=10, max_overflow=20, pool_timeout=_BUSY / 1000
        )

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

    def lock_migrations(self, connection: Connection) -> None:
        """Two processes that start at once migrate one after the other."""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION})")

    def many(self, values: Sequence[Any]) -> Any:
        """One array."""
        return list(values)

    def among(self, column: Column[Any], values: Sequence[Any] | str) -> ColumnElement[bool]:
        """Whether a column is one of the array's."""
        kind: Any = sa.Text if isinstance(column.type, sa.Text) else sa.Integer  # a variant's collation has no array
        if isinstance(values, str):
            return column == sa.any_(sa.bindparam(values, type_=ARRAY(kind)))
        return column == sa.any_(sa.literal(self.many(values), ARRAY(kind)))

    def give_numbers(self, connection: Connection, source_id: int, ids: Sequence[str]) -> dict[str, int]:
        """The numbers of a sequence."""
        rows = sa.select(sa.literal(source_id), sa.func.unnest(sa.literal(self.many(ids), ARRAY(sa.Text))))
        given = sa.insert(TICKET_KEY).from_select(["source_id", "vendor_id"], rows)
        made = connection.execute(given.returning(TICKET_KEY.c.vendor_id, TICKET_KEY.c.id))
        return {row[0]: row[1] for row in made.all()}

    def insert(self, table: Table) -> Insert:
        """An insert of one row."""
        return postgresql.insert(table)

    def upsert(self, connection: Connection, table: Table, rows: Sequence[Row], names: Names = ()) -> int:
        """Insert rows or update them; returns how many rows are now different."""
        if not rows:
            return 0
        statements = postgres_upsert(table, tuple(names))
        connection.exec_driver_sql(statements.prepare)
        driver = cast(Any, connection.connection.driver_connection)
        with driver.cursor() as cursor, cursor.copy(statements.copy) as copy:
            for row in rows:
                copy.write_row(row)
        changed = connection.exec_driver_sql(statements.upsert).rowcount
        connection.exec_driver_sql(statements.empty)
        return changed
