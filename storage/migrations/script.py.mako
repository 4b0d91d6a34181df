"""${message}."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, PlainText, RowId, UtcTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
