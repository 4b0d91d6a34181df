"""Source and language as terms of the search index; ``warraq db migrate`` fills it anew after this step."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute("TRUNCATE search_entries")
        return
    # A virtual table takes no further column. Without the trigger the rows go at once, and not term by term.
    op.execute("DROP TRIGGER search_entries_deleted")
    op.execute("DROP TABLE search_terms")
    op.execute("DELETE FROM search_entries")
    op.execute(
        "CREATE VIRTUAL TABLE search_terms USING fts5 "
        "(headline, words, variants, facts, tokenize = 'ascii', prefix = '2 3 4')"
    )
    op.execute(
        "CREATE TRIGGER search_entries_deleted AFTER DELETE ON search_entries "
        "BEGIN DELETE FROM search_terms WHERE rowid = old.position; END"
    )
