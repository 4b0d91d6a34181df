"""The categories under which a feed files an article, and whether section and tags of a version are the feed's."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Json

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("discoveries", sa.Column("listed_categories", Json, server_default="[]", nullable=False))
    op.add_column("versions", sa.Column("topics_from", sa.String(), nullable=True))
