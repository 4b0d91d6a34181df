"""PostgreSQL's index of texts has no fresh part: what stands in it goes where new texts go straight away."""

from datetime import UTC, datetime

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    present = datetime.now(UTC).date().toordinal() // 90
    op.execute(
        "WITH fresh AS (DELETE FROM shingles WHERE generation = 0 RETURNING hash, article_id) "  # noqa: S608 - an integer
        "INSERT INTO shingles (generation, hash, article_id) "
        f"SELECT {present}, hash, article_id FROM fresh ON CONFLICT DO NOTHING"
    )
