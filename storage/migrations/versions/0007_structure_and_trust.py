"""Structure, pictures, links and embedded posts of a text; where and in which zone dates were written; paywalls."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Json

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # At the end of the table, after the text: so it takes an instant, whatever the size of the archive.
    for column in (
        sa.Column("published_zone", sa.String(), nullable=True),
        sa.Column("modified_on", sa.Date(), nullable=True),
        sa.Column("modified_from", sa.String(), nullable=True),
        sa.Column("modified_zone", sa.String(), nullable=True),
        sa.Column("agencies", Json, server_default="[]", nullable=False),
        sa.Column("paywalled", sa.Boolean(), nullable=True),
        sa.Column("structure", sa.String(), nullable=True),
        sa.Column("images", Json, server_default="[]", nullable=False),
        sa.Column("links", Json, server_default="[]", nullable=False),
        sa.Column("embeds", Json, server_default="[]", nullable=False),
    ):
        op.add_column("versions", column)
