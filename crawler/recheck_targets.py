"""Which known articles a crawl visits, and how it asks for them: what is due, within the source's budget."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.hazard import fit
from pipeline.rechecks import chosen, credited, is_unconditional, steered
from storage.records import Validators

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Protocol

    from storage.archive import Archive
    from storage.queries import Queries
    from storage.records import Target
    from storage.records_rechecks import KnownTarget, RecheckState

    class _Context(Protocol):
        @property
        def archive(self) -> Archive: ...
        @property
        def queries(self) -> Queries: ...


def due_targets(
    source_key: str, context: _Context, *, per_hour: float, now: datetime, limit: int | None = None
) -> list[Target]:
    """Those of the due articles that the budget allows, and the source's budget and threshold kept for the next crawl.

    Raises:
        ArchiveError: The archive cannot be used.
    """
    due = context.queries.due_articles(source_key, now)
    with context.archive.writing() as writer:
        before = writer.recheck_state(source_key)
        counted = writer.counted_edits(source_key)
        hazards = {article.section: fit(counted, article.section) for article in due}
        state = credited(before, per_hour, now)
        taken = chosen(due, hazards.__getitem__, state, now)[:limit]
        waiting, subject = (sum(not article.is_first for article in some) for some in (due, taken))
        hours = 1.0 if before.credited_at is None else (now - before.credited_at).total_seconds() / 3600
        writer.save_recheck_state(source_key, steered(state, waiting, subject, (per_hour, hours)))
    return asked(context.queries.recheck_targets(source_key, ids=[article.id for article in taken]), before, now)


def asked(known: Iterable[KnownTarget], state: RecheckState, now: datetime) -> list[Target]:
    """How each is asked for: without its validators where the whole page is wanted, to find out who lies."""
    return [
        replace(each.target, validators=Validators())
        if is_unconditional(each.article_id, each.last_seen_at, state, now)
        else each.target
        for each in known
    ]
