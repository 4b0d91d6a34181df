"""How Alembic runs our steps: on the connection, and inside the transaction, that ``storage.migrate`` passes in."""

from alembic import context

from storage.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter a column: the table is copied
)
context.run_migrations()
