"""The index of texts is kept by ninety days of arrival instead of thirty: fewer parts to look through."""

from alembic import op

revision = "0016"
down_revision = "0015"

_EARLIEST = 20_000
"""Below any day of this century counted by thirties, and above any counted by nineties."""


def upgrade() -> None:
    op.execute(
        "INSERT INTO shingles (generation, hash, article_id) "  # noqa: S608 - constants
        f"SELECT DISTINCT generation / 3, hash, article_id FROM shingles WHERE generation > {_EARLIEST}"
    )
    op.execute(f"DELETE FROM shingles WHERE generation > {_EARLIEST}")  # noqa: S608 - constants
