"""How Alembic runs a migration here: on the connection that app.store.migrate holds."""

from alembic import context

import app.access.tables  # noqa: F401 (its tables are known to Base by being imported)
from app.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
