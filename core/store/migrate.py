"""Bringing a database to the tables of this version, at start, by Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from core.errors import UserError

FOLDER: Final = Path(__file__).parent / "migrations"


class StoreError(UserError):
    """The database cannot be used; the message says which, why, and what to do."""


def migrate(connection: Connection, shown: str) -> None:
    """Run the missing migrations inside the connection's transaction.

    `shown`: the database as messages may name it. StoreError where it comes from a newer version of siamhub.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = ScriptDirectory.from_config(config)
    here = MigrationContext.configure(connection).get_current_revision()
    if here is not None and here not in {script.revision for script in known.walk_revisions()}:
        raise StoreError(
            f"{shown} was written by a newer version of siamhub (its schema is {here}, this version knows up to "
            f"{known.get_current_head()}): run that version, or restore the backup made before the update"
        )
    if here != known.get_current_head():
        command.upgrade(config, "head")
