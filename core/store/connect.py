"""Opening a database: its engine, its tables at this version, and what to tell whoever named one that will not do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from core.store.dialects import Dialect, Postgres, Sqlite
from core.store.migrate import StoreError, migrate

_DIALECTS: Final[Mapping[str, Callable[[], Dialect]]] = {"sqlite": Sqlite, "postgresql": Postgres}
_HINTS: Final[Mapping[str, str]] = {
    "unable to open": "is the folder there, and may this user write in it?",
    "readonly": "let this user write the file and its folder",
    "not a database": "name another file, or restore this one from a backup",
    "already exists": "it holds tables of another program; name a database that is empty",
    "locked": "another program has it open and does not let go; end that one",
    "authentication failed": "check user and password in the URL, $PGPASSWORD or ~/.pgpass",
    "does not exist": "create the database and the user, or mend the URL",
    "permission denied": "grant this user the right to create tables in the database's schema",
    "connection failed": "does the server run there, and may this machine connect to it?",
    "failed to resolve": "mend the host in the URL",
}
"""What to do about what a driver says; the first that fits."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open database whose tables are those of this version."""

    engine: Engine
    dialect: Dialect
    shown: str  # how messages may name it: without password


def connect(url: str) -> Opened:
    """Connect and run the missing migrations. StoreError where the database cannot be used."""
    parsed = _parsed(url)
    shown = parsed.set(query={}).render_as_string(hide_password=True)  # a password may stand in the query too
    make = _DIALECTS.get(parsed.get_backend_name())
    if make is None:
        raise StoreError(f"{shown}: siamhub stores in sqlite:///... or postgresql+psycopg://...")
    if make is Sqlite and parsed.database in (None, "", ":memory:"):
        raise StoreError("a database in memory would be forgotten at every start; write sqlite:///siamhub.db")
    dialect = make()
    try:
        engine = dialect.engine(parsed)
        try:
            with dialect.writing(engine) as connection:
                dialect.lock_migrations(connection)
                migrate(connection, shown)
        except BaseException:
            engine.dispose()
            raise
    except (NoSuchModuleError, ImportError) as error:
        raise StoreError(f"{shown}: no driver for it is installed ({error}); write postgresql+psycopg://...") from error
    except DatabaseError as error:
        raise StoreError(f"{shown} cannot be used: {_plain(error)}") from error
    return Opened(engine, dialect, shown)


def _parsed(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except (ArgumentError, ValueError):
        # Not as its cause either: the text that could not be read may hold a password.
        raise StoreError(
            "the database URL cannot be read; write it like sqlite:///siamhub.db or "
            "postgresql+psycopg://user@host:5432/db, with special characters of a password as %40 and the like"
        ) from None


def _plain(error: DatabaseError) -> str:
    """What the driver said, on one line, and what to do; SQLAlchemy's own text would repeat statement and values."""
    said = " ".join(str(error.orig).split())
    hint = next((hint for words, hint in _HINTS.items() if words in said), None)
    return f"{said}; {hint}" if hint else said
