"""What Alembic runs: the migrations on the connection that `core.store.migrate` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from core.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
