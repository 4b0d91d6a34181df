"""The steps from one release's tables to the next. ``storage.migrate`` runs them; users need no alembic.ini."""
