"""Site profiles are written: a row describes all templates of a host, and keeps what is remembered to learn further."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    with op.batch_alter_table("site_profiles") as table:
        table.drop_column("template")
        table.add_column(sa.Column("has_drifted", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("study", sa.LargeBinary(), nullable=True))
