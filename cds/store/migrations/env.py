"""How Alembic runs our revisions: on the connection that ``Database.upgrade`` opened, inside its transaction."""

from __future__ import annotations

from alembic import context

from cds.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
